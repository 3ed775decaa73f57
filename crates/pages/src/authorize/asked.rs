//! A request of an app, as it stands in an address of ours.

use super::{PATH, stamps};
use portcullis_domain::Language;
use portcullis_oauth2::{AuthorizationRequest, FaultyParameters, ParameterFault, Parameters};

/// The most bytes of a request as it travels through our own pages, where it stands in `continue`. What is longer than that by its
/// encoding alone is refused as long.
const MOST_WRITTEN: usize = 11 * 1024;

/// A request, as it stands in an address of ours.
pub(super) struct Asked {
    pub(super) parameters: Result<Parameters, FaultyParameters>,
    /// What of it has a meaning, as a query: the same text for requests that say the same.
    pub(super) query: String,
}

impl Asked {
    pub(super) fn read(text: &[u8]) -> Self {
        // What we have written ourselves is longer, by its encoding and its stamp.
        let most = if has_stamp(text) {
            MOST_WRITTEN + stamps::MOST
        } else {
            AuthorizationRequest::MOST
        };
        let parameters = Parameters::parse(text, most);
        let (Ok(sound) | Err(FaultyParameters { sound, .. })) = &parameters;
        let query = sound.clone().only(AuthorizationRequest::PARAMETERS).to_query();
        let is_long = query.len() > MOST_WRITTEN;
        let parameters = parameters.and_then(|sound| {
            let fault = ParameterFault::TooLong;
            if is_long {
                Err(FaultyParameters { fault, sound })
            } else {
                Ok(sound)
            }
        });
        Self { parameters, query }
    }

    /// That of a path of ours; one that leads elsewhere asks for nothing.
    pub(super) fn of_path(path: &str) -> Self {
        let query = path.strip_prefix(PATH).and_then(|rest| rest.strip_prefix('?'));
        Self::read(query.unwrap_or_default().as_bytes())
    }

    pub(super) fn stamp(&self) -> Option<&str> {
        self.parameters.as_ref().ok()?.get(stamps::NAME)
    }

    /// The first language that the app would rather have and that there is (OpenID Connect Core, section 3.1.2.1).
    pub(super) fn language(&self) -> Option<Language> {
        let wanted = self.parameters.as_ref().ok()?.get("ui_locales")?;
        wanted.split(' ').find_map(|tag| {
            let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
            primary.parse().ok()
        })
    }
}

fn has_stamp(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'&')
        .filter_map(|pair| pair.strip_prefix(stamps::NAME.as_bytes()))
        .any(|rest| rest.starts_with(b"="))
}

/// What is sound of a form, as a query that has the same fault. Nothing of the fault's own text travels: it may be long.
pub(super) fn as_faulty(faulty: FaultyParameters) -> String {
    let FaultyParameters { fault, sound } = faulty;
    let again = match fault {
        ParameterFault::Repeated(name) => {
            let name = name.unwrap_or("repeated");
            format!("{name}=&{name}=")
        }
        ParameterFault::Malformed | ParameterFault::TooLong => "malformed=%".to_owned(),
    };
    format!("{}&{again}", sound.only(AuthorizationRequest::PARAMETERS).to_query())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_say_the_same_are_the_same_text() {
        let one = Asked::read(b"state=a+b&client_id=x&unknown=1&portcullis_stamp=s");
        let other = Asked::read(b"client_id=x&state=a%20b");
        assert_eq!(one.query, other.query);
        assert_eq!((one.stamp(), other.stamp()), (Some("s"), None));
        assert_eq!(Asked::of_path("/oauth2/authorize?client_id=x").query, "client_id=x");
        assert_eq!(Asked::of_path("/account").query, "");
    }

    #[test]
    fn what_would_be_too_long_in_a_page_of_ours_is_refused_and_still_tells_whose_it_is() {
        let long = format!("client_id=x&state={}", ":".repeat(5000));
        let faulty = Asked::read(long.as_bytes()).parameters.unwrap_err();
        assert_eq!(faulty.fault, ParameterFault::TooLong);
        assert_eq!(faulty.sound.get("client_id"), Some("x"));
        // What passed once passes from our own address, too.
        let fits = format!("client_id=x&state={}", ":".repeat(3000));
        let asked = Asked::read(fits.as_bytes());
        assert!(asked.parameters.is_ok() && asked.query.len() > AuthorizationRequest::MOST);
        let ours = format!("{}&{}=s", asked.query, stamps::NAME);
        assert!(Asked::read(ours.as_bytes()).parameters.is_ok());
        let long = format!("client_id=x&x={}", "x".repeat(AuthorizationRequest::MOST));
        assert!(Asked::read(long.as_bytes()).parameters.is_err());
    }

    #[test]
    fn a_language_that_there_is_is_taken() {
        for (wanted, expected) in [("fr-CA%20ko-KR%20en", Some("ko")), ("EN", Some("en")), ("xx", None)] {
            let asked = Asked::read(format!("ui_locales={wanted}").as_bytes());
            assert_eq!(asked.language().map(Language::as_str), expected);
        }
    }

    #[test]
    fn a_faulty_form_is_sent_on_with_its_fault_and_nothing_unknown() {
        for (form, expected) in [
            (&b"client_id=x&nonce=%zz&unknown=1"[..], "client_id=x&malformed=%"),
            (b"client_id=x&x=\r\ny: #\xff", "client_id=x&malformed=%"),
            (b"client_id=x&state=1&state=2", "client_id=x&state=&state="),
            (b"client_id=x&x=1&x=2", "client_id=x&repeated=&repeated="),
        ] {
            let faulty = Parameters::parse(form, AuthorizationRequest::MOST).unwrap_err();
            let query = as_faulty(faulty.clone());
            assert_eq!(query, expected);
            let again = Parameters::parse(query.as_bytes(), AuthorizationRequest::MOST).unwrap_err();
            assert_eq!(again.fault, faulty.fault);
        }
    }
}
