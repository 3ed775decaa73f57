//! Where an address is, by a file that the operator brings.

use crate::catalogue::Slot;
use crate::markup::Markup;
use crate::visit::Visit;
use maxminddb::{MaxMindDbError, PathElement, Reader};
use portcullis_domain::Language;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// A file that tells where addresses are: a `MaxMind` DB (version 2.0) whose records have what those of `GeoLite2-City` or
/// `GeoLite2-Country` have.
#[derive(Clone)]
pub struct PlaceFile(Arc<Reader<Vec<u8>>>);

/// Bytes that are no such file.
#[derive(Debug, thiserror::Error)]
#[error("is no file of places, such as GeoLite2-City.mmdb: {0}")]
pub struct PlaceFileError(#[source] MaxMindDbError);

impl PlaceFile {
    /// The file with those bytes.
    ///
    /// # Errors
    /// They are not of that form.
    pub fn of(bytes: Vec<u8>) -> Result<Self, PlaceFileError> {
        let reader = Reader::from_source(bytes).map_err(PlaceFileError)?;
        Ok(Self(Arc::new(reader)))
    }

    /// Where an address is, in the language of the page as far as the file has it. What the file does not tell is not known.
    fn place(&self, address: IpAddr, visit: &Visit) -> Markup {
        let name = |of: &str| self.name(address, of, visit.language);
        match (name("city"), name("country")) {
            (Some(city), Some(country)) => {
                let slots = [("city", Slot::Markup(&city)), ("country", Slot::Markup(&country))];
                visit.text_with("device.place", &slots)
            }
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => visit.text("device.place-unknown"),
        }
    }

    /// A name that the record of an address has. Files are in English at least.
    fn name(&self, address: IpAddr, of: &str, language: Language) -> Option<Markup> {
        let record = self.0.lookup(address).ok()?;
        let in_language = |tag: &str| {
            let path = [of, "names", tag].map(PathElement::Key);
            let name: Option<&str> = record.decode_path(&path).ok()?;
            name
        };
        let english = Language::English.as_str();
        in_language(language.as_str()).map(Markup::plain_name).or_else(|| {
            let name = in_language(english)?;
            Some(Markup::foreign_name(name, english))
        })
    }
}

impl fmt::Debug for PlaceFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PlaceFile")
    }
}

/// Where an address is; `None` where no file tells of addresses.
pub(crate) fn place(address: Option<IpAddr>, visit: &Visit) -> Option<Markup> {
    let file = visit.pages.settings.places.as_ref()?;
    Some(file.place(address?, visit))
}
