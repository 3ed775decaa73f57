//! The time zones that somebody may choose, by where they are.

use chrono::{DateTime, Offset as _, Utc};
use portcullis_domain::TimeZone;

/// The zones of a part of the world.
pub(crate) struct Region {
    pub(crate) name: &'static str,
    pub(crate) zones: Vec<Zone>,
}

/// A zone to choose.
pub(crate) struct Zone {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) is_chosen: bool,
}

/// All of them, of which that one is chosen.
pub(crate) fn regions(chosen: TimeZone, now: DateTime<Utc>) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    let mut zones: Vec<TimeZone> = TimeZone::all()
        .filter(|zone| is_offered(*zone) || *zone == chosen)
        .collect();
    zones.sort_by_key(|zone| zone.as_str());
    for zone in zones {
        let (name, _) = parts(zone);
        let zone = Zone {
            name: zone.as_str(),
            label: label(zone, now),
            is_chosen: zone == chosen,
        };
        match regions.last_mut() {
            Some(region) if region.name == name => region.zones.push(zone),
            _ => regions.push(Region {
                name,
                zones: vec![zone],
            }),
        }
    }
    regions
}

/// What a zone is called, and how far it is from UTC now.
pub(crate) fn label(zone: TimeZone, now: DateTime<Utc>) -> String {
    match city_and_offset(zone, now) {
        (Some(city), offset) => format!("{city} ({offset})"),
        (None, offset) => offset,
    }
}

/// The place that a zone is called by, and how far it is from UTC now. UTC itself has no place.
pub(crate) fn city_and_offset(zone: TimeZone, now: DateTime<Utc>) -> (Option<String>, String) {
    let (_, city) = parts(zone);
    let offset = offset(zone, now);
    ((city != offset).then(|| city.replace('_', " ")), offset)
}

/// Those that are called by a place, and UTC. The database has many other names for the same.
fn is_offered(zone: TimeZone) -> bool {
    const PARTS: [&str; 9] = [
        "Africa",
        "America",
        "Antarctica",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    let (part, city) = parts(zone);
    zone.as_str() == "UTC" || (PARTS.contains(&part) && part != city)
}

/// The part of the world, and the place.
fn parts(zone: TimeZone) -> (&'static str, &'static str) {
    let name = zone.as_str();
    name.split_once('/').unwrap_or((name, name))
}

fn offset(zone: TimeZone, now: DateTime<Utc>) -> String {
    let minutes = now.with_timezone(&zone.rules()).offset().fix().local_minus_utc() / 60;
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    let sign = if minutes < 0 { '-' } else { '+' };
    match (hours, rest) {
        (0, 0) => "UTC".to_owned(),
        (_, 0) => format!("UTC{sign}{hours}"),
        _ => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_194_360, 0).unwrap()
    }

    #[test]
    fn a_zone_is_called_by_its_place_and_its_distance() {
        for (zone, expected) in [
            ("Asia/Seoul", "Seoul (UTC+9)"),
            ("America/St_Johns", "St Johns (UTC-3:30)"),
            ("America/Argentina/Buenos_Aires", "Argentina/Buenos Aires (UTC-3)"),
            ("UTC", "UTC"),
        ] {
            assert_eq!(label(TimeZone::parse(zone).unwrap(), at()), expected);
        }
    }

    #[test]
    fn every_place_is_offered_once_and_what_is_chosen_is_among_them() {
        let odd = TimeZone::parse("Etc/GMT+3").unwrap();
        let regions = regions(odd, at());
        let all: Vec<_> = regions.iter().flat_map(|region| &region.zones).collect();
        assert_eq!(all.iter().filter(|zone| zone.is_chosen).count(), 1);
        assert_eq!(all.iter().filter(|zone| zone.name == "Asia/Seoul").count(), 1);
        assert!(all.len() > 300, "{}", all.len());
        let names: Vec<_> = regions.iter().map(|region| region.name).collect();
        assert_eq!(names.iter().filter(|name| **name == "Asia").count(), 1);
    }
}
