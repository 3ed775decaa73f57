//! The operator's theme, and where the operator's own pages are.

mod colors;

pub use colors::Colors;

use crate::markup::Markup;
use portcullis_domain::Email;
use std::fmt;
use std::str::FromStr;
use url::Url;

/// The most characters of a name.
const MAX_NAME: usize = 60;

/// The most bytes of a logo.
const MAX_LOGO: usize = 64 * 1024;

/// The name of a server without one.
const OWN_NAME: &str = "Portcullis";

/// How the pages look, and where they lead.
#[derive(Debug, Clone, Default)]
pub struct Theme {
    /// What people know the server by.
    pub name: ThemeName,
    /// The picture in the place of the mark.
    pub logo: Option<Logo>,
    /// The brand's color.
    pub accent: Option<Accent>,
    /// The terms of use.
    pub terms: Option<OwnersPage>,
    /// What is done with people's data.
    pub privacy: Option<OwnersPage>,
    /// Help.
    pub help: Option<OwnersPage>,
    /// Whom to write to.
    pub contact: Option<Email>,
}

/// What people know the server by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeName(String);

/// A name that can't be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not 1 to {MAX_NAME} characters without control characters")]
pub struct ThemeNameError;

impl ThemeName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn markup(&self) -> Markup {
        Markup::escaped(&self.0)
    }
}

impl Default for ThemeName {
    fn default() -> Self {
        Self(OWN_NAME.to_owned())
    }
}

impl FromStr for ThemeName {
    type Err = ThemeNameError;

    fn from_str(text: &str) -> Result<Self, ThemeNameError> {
        let length = text.chars().count();
        if !(1..=MAX_NAME).contains(&length) || text.chars().any(char::is_control) {
            return Err(ThemeNameError);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A color of sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent([u8; 3]);

/// A text that is no color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a color of the form #rrggbb")]
pub struct AccentError;

impl Accent {
    /// Red, green and blue.
    #[must_use]
    pub const fn rgb(self) -> [u8; 3] {
        self.0
    }

    /// Whether black stands out on it more than white does.
    pub(crate) fn is_light(self) -> bool {
        luminance(self.0) > EVEN_LUMINANCE
    }
}

impl fmt::Display for Accent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(out, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Accent {
    type Err = AccentError;

    fn from_str(text: &str) -> Result<Self, AccentError> {
        let digits = text.strip_prefix('#').ok_or(AccentError)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(AccentError);
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).map_err(|_| AccentError)?.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

/// The luminance on which black and white stand out alike: (L + 0.05)² = 0.05 · 1.05.
const EVEN_LUMINANCE: f64 = 0.179;

/// WCAG 2.2, "relative luminance".
fn luminance(rgb: [u8; 3]) -> f64 {
    let [red, green, blue] = rgb.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// A part of a color in a scale that light adds up in (CSS Color 4, section 17).
fn linear(value: u8) -> f64 {
    let value = f64::from(value) / 255.0;
    if value <= 0.040_45 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

/// A page of the operator's, somewhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnersPage(String);

/// A text that leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an http or https address")]
pub struct OwnersPageError;

impl OwnersPage {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OwnersPage {
    type Err = OwnersPageError;

    fn from_str(text: &str) -> Result<Self, OwnersPageError> {
        let url = Url::parse(text).map_err(|_| OwnersPageError)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(OwnersPageError);
        }
        Ok(Self(url.to_string()))
    }
}

/// A picture in the place of the mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    bytes: Vec<u8>,
    kind: Picture,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Picture {
    Png,
    Svg,
}

/// Why a file is no logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogoError {
    /// There are more than 64 KiB.
    #[error("is larger than 64 KiB")]
    TooLarge,
    /// It is another kind of file.
    #[error("is neither a PNG file nor an SVG file")]
    NoPicture,
}

impl Logo {
    /// Takes the content of a file.
    ///
    /// # Errors
    /// The first of [`LogoError`] that holds.
    pub fn of(bytes: Vec<u8>) -> Result<Self, LogoError> {
        if bytes.len() > MAX_LOGO {
            return Err(LogoError::TooLarge);
        }
        let kind = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Picture::Png
        } else if str::from_utf8(&bytes).is_ok_and(is_svg) {
            Picture::Svg
        } else {
            return Err(LogoError::NoPicture);
        };
        Ok(Self { bytes, kind })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) const fn media_type(&self) -> &'static str {
        match self.kind {
            Picture::Png => "image/png",
            Picture::Svg => "image/svg+xml",
        }
    }

    pub(crate) const fn file_name(&self) -> &'static str {
        match self.kind {
            Picture::Png => "logo.png",
            Picture::Svg => "logo.svg",
        }
    }
}

/// Whether the first element is `svg`, behind what XML lets stand before it. The browser judges the rest: as a picture it
/// runs no script and loads nothing.
fn is_svg(text: &str) -> bool {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    loop {
        let end = if rest.starts_with("<?") {
            "?>"
        } else if rest.starts_with("<!--") {
            "-->"
        } else if rest.starts_with("<!") {
            ">"
        } else {
            return rest.starts_with("<svg");
        };
        match rest.split_once(end) {
            Some((_, behind)) => rest = behind.trim_start(),
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_color_is_written_with_six_digits() {
        assert_eq!("#1D6b62".parse::<Accent>().unwrap().to_string(), "#1d6b62");
        for text in [
            "", "1d6b62", "#1d6", "#1d6b6", "#1d6b622", "#+d6b62", "#1d6b6g", "teal", "#1d6b62;",
        ] {
            assert_eq!(text.parse::<Accent>(), Err(AccentError), "{text}");
        }
    }

    #[test]
    fn a_page_of_the_owner_is_on_the_web() {
        for text in ["https://example.org/help", "http://intranet/help?a=b#c"] {
            assert_eq!(text.parse::<OwnersPage>().unwrap().as_str(), text);
        }
        for text in [
            "",
            "help",
            "/help",
            "mailto:a@example.org",
            "javascript:alert(1)",
            "ftp://example.org",
        ] {
            assert_eq!(text.parse::<OwnersPage>(), Err(OwnersPageError), "{text}");
        }
    }

    #[test]
    fn a_name_is_short_and_can_be_shown() {
        assert_eq!(
            "Orchard & 과수원".parse::<ThemeName>().unwrap().as_str(),
            "Orchard & 과수원"
        );
        for text in ["", "a\nb", &"a".repeat(61)] {
            assert_eq!(text.parse::<ThemeName>(), Err(ThemeNameError), "{text}");
        }
    }

    #[test]
    fn a_logo_is_a_small_picture() {
        let png = b"\x89PNG\r\n\x1a\n...".to_vec();
        assert_eq!(Logo::of(png.clone()).unwrap().media_type(), "image/png");
        for text in [
            "<svg xmlns='http://www.w3.org/2000/svg'/>",
            "\u{feff}<?xml version='1.0'?>\n<!-- drawn -->\n<!DOCTYPE svg>\n<svg/>",
        ] {
            assert_eq!(Logo::of(text.into()).unwrap().media_type(), "image/svg+xml", "{text}");
        }
        for text in ["", "GIF89a", "<html><svg/></html>", "<!-- <svg/>"] {
            assert_eq!(Logo::of(text.into()), Err(LogoError::NoPicture), "{text}");
        }
        let large = [png, vec![0; MAX_LOGO]].concat();
        assert_eq!(Logo::of(large), Err(LogoError::TooLarge));
    }
}
