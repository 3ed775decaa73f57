//! The interactive page, with links that start with the server's address.

use actix_web::web::Bytes;
use portcullis_web::OwnAddress;

/// Where the page and what it loads are in the sources.
const PAGE: &str = include_str!("page.html");
const INITIALIZER: &str = include_str!("initializer.js");

/// What stands there for the path of the server. A path is of characters that HTML and JavaScript take as they are.
const BASE: &str = "{base}";

/// The page and its script, written once.
pub(crate) struct InteractivePage {
    html: Bytes,
    initializer: Bytes,
}

impl InteractivePage {
    /// The page of a server at that address.
    pub(crate) fn at(address: &OwnAddress) -> Self {
        let base = address.path_to("");
        Self {
            html: Bytes::from(PAGE.replace(BASE, &base)),
            initializer: Bytes::from(INITIALIZER.replace(BASE, &base)),
        }
    }

    /// The page.
    pub(crate) fn html(&self) -> Bytes {
        self.html.clone()
    }

    /// The script that shows the document on the page.
    pub(crate) fn initializer(&self) -> Bytes {
        self.initializer.clone()
    }
}
