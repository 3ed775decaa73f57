//! Times as people read them, in a zone that is named.

use chrono::{DateTime, Offset as _, Utc};
use portcullis_domain::{Language, TimeZone};

/// `22 Nov 2026, 14:03 (Asia/Seoul, UTC+9)`, or as the language has it.
pub(crate) fn told(at: DateTime<Utc>, zone: TimeZone, language: Language) -> String {
    let at = at.with_timezone(&zone.rules());
    let seconds = at.offset().fix().local_minus_utc();
    let time = match language {
        Language::English => at.format("%-d %b %Y, %H:%M"),
        Language::Korean => at.format("%Y년 %-m월 %-d일 %H:%M"),
    };
    if seconds == 0 && zone.as_str() == "UTC" {
        return format!("{time} (UTC)");
    }
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    let offset = match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    };
    format!("{time} ({}, {offset})", zone.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_names_its_zone() {
        let at = "2026-11-22T05:03:59Z".parse().unwrap();
        let zone = |name| TimeZone::parse(name).unwrap();
        let english = |name| told(at, zone(name), Language::English);
        assert_eq!(english("UTC"), "22 Nov 2026, 05:03 (UTC)");
        assert_eq!(english("Asia/Kolkata"), "22 Nov 2026, 10:33 (Asia/Kolkata, UTC+5:30)");
        assert_eq!(
            english("America/New_York"),
            "22 Nov 2026, 00:03 (America/New_York, UTC-5)"
        );
        let korean = told(at, zone("Asia/Seoul"), Language::Korean);
        assert_eq!(korean, "2026년 11월 22일 14:03 (Asia/Seoul, UTC+9)");
    }
}
