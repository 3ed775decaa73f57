//! How pages look, and where the operator's own are.

use super::MailConfig;
use super::setting::{Setting, SettingError};
use super::table::{
    CONTACT, GEOIP_FILE, HELP_URL, PRIVACY_URL, TERMS_URL, THEME_ACCENT, THEME_LOGO, THEME_NAME, refuse_tilde,
};
use super::values::Values;
use portcullis_domain::Email;
use portcullis_pages::{Logo, PlaceFile, Theme};
use portcullis_web::Cookies;
use std::fs::File;
use std::io::Read as _;

/// One byte more than a logo may have.
const READ_OF_A_LOGO: u64 = 64 * 1024 + 1;

/// What is read of a file of places. The largest there are have a fifth of that.
const MOST_OF_PLACES: u64 = 1024 * 1024 * 1024;

/// The theme. Where there are no cookies there are no pages, and what would only show on them is refused. The name stands in
/// mails, too.
pub(super) fn theme(values: &mut Values, cookies: Option<&Cookies>, mail: &MailConfig) -> Result<Theme, SettingError> {
    let are_pages_off = cookies.is_none();
    let mut in_mails = Set {
        values,
        are_pages_off: are_pages_off && !mail.policy.is_on(),
    };
    let name = in_mails.find(&THEME_NAME)?.unwrap_or_default();
    let mut set = Set { values, are_pages_off };
    Ok(Theme {
        name,
        logo: match set.find::<String>(&THEME_LOGO)? {
            Some(path) => Some(read_logo(&path).map_err(|problem| THEME_LOGO.refused(problem))?),
            None => None,
        },
        accent: set.find(&THEME_ACCENT)?,
        terms: set.find(&TERMS_URL)?,
        privacy: set.find(&PRIVACY_URL)?,
        help: set.find(&HELP_URL)?,
        contact: match set.find::<String>(&CONTACT)? {
            Some(address) => Some(Email::parse(&address).map_err(|error| CONTACT.refused(error.to_string()))?),
            None => None,
        },
    })
}

/// The file that tells where addresses are.
pub(super) fn places(values: &mut Values, cookies: Option<&Cookies>) -> Result<Option<PlaceFile>, SettingError> {
    let mut set = Set {
        values,
        are_pages_off: cookies.is_none(),
    };
    let Some(path) = set.find::<String>(&GEOIP_FILE)? else {
        return Ok(None);
    };
    let bytes = read(&path, MOST_OF_PLACES).map_err(|problem| GEOIP_FILE.refused(problem))?;
    let file = PlaceFile::of(bytes).map_err(|error| GEOIP_FILE.refused(format!("{path:?} {error}")))?;
    Ok(Some(file))
}

/// The settings of pages.
struct Set<'v> {
    values: &'v mut Values,
    are_pages_off: bool,
}

impl Set<'_> {
    fn find<T: std::str::FromStr<Err: std::fmt::Display>>(
        &mut self,
        setting: &Setting,
    ) -> Result<Option<T>, SettingError> {
        let found = self.values.find(setting)?;
        if found.is_some() && self.are_pages_off {
            return Err(SettingError {
                setting: setting.name.to_owned(),
                problem: "has no effect, because pages need cookies, which are off without TLS".to_owned(),
                remedy: Some("set PUBLIC_URL to the https address that clients use, or remove this setting".to_owned()),
            });
        }
        Ok(found)
    }
}

/// Whether the file is a logo.
pub(super) fn logo(path: &str) -> Result<(), String> {
    refuse_tilde(path)?;
    read_logo(path).map(drop)
}

fn read_logo(path: &str) -> Result<Logo, String> {
    let bytes = read(path, READ_OF_A_LOGO)?;
    Logo::of(bytes).map_err(|error| format!("{path:?} {error}"))
}

/// The file, as far as that many bytes.
fn read(path: &str, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| format!("{path:?} can't be read: {error}"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Environment, SettingErrors};

    fn load(settings: &[(&str, &str)]) -> Result<Config, SettingErrors> {
        Config::load(&Environment::of(settings))
    }

    #[test]
    fn a_theme_is_taken_as_it_is_set() {
        let folder = tempfile::tempdir().unwrap();
        let logo = folder.path().join("logo.svg");
        std::fs::write(&logo, "<svg/>").unwrap();
        let config = load(&[
            ("THEME_NAME", "Orchard"),
            ("THEME_ACCENT", "#336699"),
            ("THEME_LOGO", logo.to_str().unwrap()),
            ("HELP_URL", "https://example.org/help"),
            ("CONTACT", "help@example.org"),
        ]);
        let theme = config.unwrap().theme;
        assert_eq!(theme.name.as_str(), "Orchard");
        assert_eq!(theme.accent.unwrap().to_string(), "#336699");
        assert!(theme.logo.is_some() && theme.terms.is_none() && theme.privacy.is_none());
        assert_eq!(theme.help.unwrap().as_str(), "https://example.org/help");
        assert_eq!(theme.contact.unwrap().as_str(), "help@example.org");
    }

    #[test]
    fn what_is_no_theme_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let no_logo = folder.path().join("logo.gif");
        std::fs::write(&no_logo, "GIF89a").unwrap();
        for (setting, value) in [
            ("THEME_NAME", "a\nb"),
            ("THEME_ACCENT", "teal"),
            ("THEME_LOGO", "/nowhere/logo.svg"),
            ("THEME_LOGO", no_logo.to_str().unwrap()),
            ("THEME_LOGO", "~/logo.svg"),
            ("HELP_URL", "help"),
            ("PRIVACY_URL", "javascript:alert(1)"),
            ("TERMS_URL", "/terms"),
            ("CONTACT", "nobody"),
            ("GEOIP_FILE", "/nowhere/GeoLite2-City.mmdb"),
            ("GEOIP_FILE", no_logo.to_str().unwrap()),
        ] {
            let line = load(&[(setting, value)]).unwrap_err().to_string();
            assert!(
                line.starts_with(&format!("{setting}: ")) && !line.contains('\n'),
                "{line}"
            );
        }
    }

    #[test]
    fn a_theme_is_refused_where_there_are_no_pages() {
        for where_off in [("PUBLIC_URL", "http://auth.example.org"), ("HOST", "0.0.0.0")] {
            let line = load(&[where_off, ("THEME_NAME", "Orchard")]).unwrap_err().to_string();
            assert!(line.starts_with("THEME_NAME: has no effect"), "{line}");
            assert!(load(&[where_off]).is_ok());
        }
    }

    #[test]
    fn a_name_stands_in_mails_where_there_are_no_pages() {
        let own = ["VERIFY", "PASSWORD", "UNDO", "NOT_ME", "JOIN"].map(|kind| format!("MAIL_LINK_{kind}"));
        let mut settings = vec![
            ("PUBLIC_URL", "http://auth.example.org"),
            ("SMTP_URL", "smtp://127.0.0.1:25"),
            ("MAIL_FROM", "no-reply@example.org"),
            ("THEME_NAME", "Orchard"),
        ];
        settings.extend(own.iter().map(|name| (name.as_str(), "https://app.example.org/mail")));
        assert_eq!(load(&settings).unwrap().theme.name.as_str(), "Orchard");
        let line = load(&[&settings[..], &[("CONTACT", "help@example.org")]].concat()).unwrap_err();
        assert!(line.to_string().starts_with("CONTACT: has no effect"), "{line}");
    }
}
