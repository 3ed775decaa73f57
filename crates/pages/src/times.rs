//! Times as people read them.

use crate::catalogue::Slot;
use crate::markup::Markup;
use crate::visit::Visit;
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

/// The day in a zone.
pub(crate) fn day(at: DateTime<Utc>, zone: TimeZone, language: Language) -> String {
    let form = match language {
        Language::English => "%-d %b %Y",
        Language::Korean => "%Y년 %-m월 %-d일",
    };
    at.with_timezone(&zone.rules()).format(form).to_string()
}

/// How long ago something was, in words.
pub(crate) fn ago(at: DateTime<Utc>, now: DateTime<Utc>, visit: &Visit) -> Markup {
    let (key, number) = since((now - at).num_minutes());
    visit.text_with(key, &[("number", Slot::Number(number))])
}

/// What is used is noted twice a minute, so the last minutes are now.
fn since(minutes: i64) -> (&'static str, usize) {
    let (hours, days) = (minutes / 60, minutes / (60 * 24));
    let (key, number) = match (minutes, hours, days) {
        (..=2, ..) => ("ago.now", 0),
        (_, 0, _) => ("ago.minutes", minutes),
        (.., 0) => ("ago.hours", hours),
        (.., ..=13) => ("ago.days", days),
        _ => ("ago.weeks", days / 7),
    };
    (key, usize::try_from(number).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_told_by_how_long_ago_it_was() {
        for (minutes, expected) in [
            (-5, ("ago.now", 0)),
            (2, ("ago.now", 0)),
            (59, ("ago.minutes", 59)),
            (60, ("ago.hours", 1)),
            (24 * 60 - 1, ("ago.hours", 23)),
            (24 * 60, ("ago.days", 1)),
            (14 * 24 * 60 - 1, ("ago.days", 13)),
            (14 * 24 * 60, ("ago.weeks", 2)),
        ] {
            assert_eq!(since(minutes), expected, "{minutes}");
        }
    }

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
