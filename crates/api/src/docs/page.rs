//! The interactive page, with links that start with the server's address.

use crate::docs::file::StaticFile;
use crate::docs::scalar;
use portcullis_web::OwnAddress;

/// The page, and what of it is ours.
const PAGE: &str = include_str!("page.html");
const INITIALIZER: &str = include_str!("initializer.js");
const STYLES: &str = include_str!("page.css");
const ICON: &str = include_str!("icon.svg");

/// What stands there for the path of the server. A path is of characters that HTML and JavaScript take as they are.
const BASE: &str = "{base}";

/// What stands there for the name of the script of others.
const SCALAR: &str = "{scalar}";

/// The page and what it loads, written once.
pub(crate) struct InteractivePage {
    html: StaticFile,
    initializer: StaticFile,
    styles: StaticFile,
    icon: StaticFile,
    scalar: StaticFile,
}

impl InteractivePage {
    /// The page of a server at that address.
    pub(crate) fn at(address: &OwnAddress) -> Self {
        let base = address.path_to("");
        let html = PAGE.replace(BASE, &base).replace(SCALAR, scalar::NAME);
        Self {
            html: StaticFile::of("text/html; charset=utf-8", html),
            initializer: StaticFile::of("text/javascript", INITIALIZER.replace(BASE, &base)),
            styles: StaticFile::of("text/css", STYLES.to_owned()),
            icon: StaticFile::of("image/svg+xml", ICON.to_owned()),
            scalar: StaticFile::compressed("text/javascript", scalar::SCRIPT),
        }
    }

    /// The page itself.
    pub(crate) const fn html(&self) -> &StaticFile {
        &self.html
    }

    /// What it loads by that name.
    pub(crate) fn asset(&self, name: &str) -> Option<&StaticFile> {
        match name {
            "initializer.js" => Some(&self.initializer),
            "page.css" => Some(&self.styles),
            "icon.svg" => Some(&self.icon),
            scalar::NAME => Some(&self.scalar),
            _ => None,
        }
    }
}
