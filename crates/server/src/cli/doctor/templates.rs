//! Whether mails can be written, as the start tries it.

use super::finding::Finding;
use crate::config::Config;
use crate::letters::letters;

const SUBJECT: &str = "mail templates";

/// Nothing where mail is off: no mail is written.
pub(super) fn look_at(config: &Config) -> Option<Finding> {
    if !config.mail.policy.is_on() {
        return None;
    }
    Some(match (letters(config, config.http.port), &config.mail.templates) {
        (Err(error), _) => Finding::fail(SUBJECT, error.to_string()),
        (Ok(_), Some(folder)) => Finding::ok(SUBJECT, format!("those of {} fit every mail", folder.display())),
        (Ok(_), None) => Finding::ok(SUBJECT, "those of Portcullis"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use crate::config::Environment;
    use std::fs;

    #[test]
    fn a_template_that_does_not_fit_is_found_with_its_line_and_name() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().display().to_string();
        let settings = [("MAILBOX", "on"), ("TEMPLATES_DIR", place.as_str())];
        let found = || look_at(&Config::load(&Environment::of(&settings)).unwrap()).unwrap();
        assert_eq!(found().grade, Grade::Ok);
        fs::write(folder.path().join("mail.txt"), "{{ lead }}\n{{ leed }}").unwrap();
        let fault = found();
        assert_eq!(fault.grade, Grade::Fail);
        assert!(
            fault
                .text
                .starts_with("TEMPLATES_DIR: mail.txt: line 2: no mail has a value `leed`"),
            "{fault}"
        );
        assert!(look_at(&Config::load(&Environment::of(&[])).unwrap()).is_none());
    }
}
