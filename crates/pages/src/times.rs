//! Times as people read them.

use chrono::{DateTime, Utc};
use portcullis_domain::{Language, TimeZone};

/// Day and time of day in a zone, which is named.
pub(crate) fn shown(at: DateTime<Utc>, zone: TimeZone, language: Language) -> String {
    let form = match language {
        Language::English => "%-d %b %Y, %H:%M",
        Language::Korean => "%Y년 %-m월 %-d일 %H:%M",
    };
    let time = at.with_timezone(&zone.rules()).format(form);
    format!("{time} ({})", zone.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_the_language_has_it_and_names_its_zone() {
        let at = DateTime::from_timestamp(1_795_194_360, 0).unwrap();
        let seoul = TimeZone::parse("Asia/Seoul").unwrap();
        assert_eq!(
            shown(at, TimeZone::default(), Language::English),
            "20 Nov 2026, 17:06 (UTC)"
        );
        assert_eq!(
            shown(at, seoul, Language::Korean),
            "2026년 11월 21일 02:06 (Asia/Seoul)"
        );
    }
}
