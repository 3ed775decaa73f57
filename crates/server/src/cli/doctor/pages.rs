//! Whether people are shown pages, and in which colors.

use super::finding::Finding;
use crate::config::Config;
use portcullis_pages::Colors;

const SUBJECT: &str = "pages";

pub(super) fn look_at(config: &Config) -> Finding {
    if config.http.cookies().is_none() {
        return Finding::warn(
            SUBJECT,
            "there are none, because they need cookies, which are off without TLS; set PUBLIC_URL to the https address \
             that clients use",
        );
    }
    let name = config.theme.name.as_str();
    let Some(accent) = config.theme.accent else {
        return Finding::ok(SUBJECT, format!("those of {name}, in the colors of Portcullis"));
    };
    let told = |colors: Colors| {
        let Colors {
            button,
            on_button,
            link,
        } = colors;
        format!("buttons {button} with text in {on_button}, links {link}")
    };
    Finding::ok(
        SUBJECT,
        format!(
            "those of {name}; THEME_ACCENT={accent} gives light pages {}, and dark pages {}",
            told(accent.on_light()),
            told(accent.on_dark())
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use crate::config::Environment;

    fn found(settings: &[(&str, &str)]) -> Finding {
        look_at(&Config::load(&Environment::of(settings)).unwrap())
    }

    #[test]
    fn the_colors_that_come_of_a_theme_are_told() {
        let found = found(&[("THEME_NAME", "Orchard"), ("THEME_ACCENT", "#ffcc00")]);
        assert_eq!(found.grade, Grade::Ok);
        assert!(
            found
                .text
                .starts_with("those of Orchard; THEME_ACCENT=#ffcc00 gives light pages buttons #"),
            "{}",
            found.text
        );
        assert_eq!(found.text.matches("buttons #").count(), 2, "{}", found.text);
    }

    #[test]
    fn a_server_without_pages_is_told() {
        assert_eq!(found(&[("PUBLIC_URL", "http://auth.example.org")]).grade, Grade::Warn);
        assert_eq!(found(&[]).grade, Grade::Ok);
    }
}
