//! Requests: how many, how they were answered, and how long that took.
//!
//! Labels are bounded: routes are patterns that are mounted, methods and statuses are those that are known, and one word stands
//! for all others. A figure is looked for by its labels when it is needed for the first time, and then held.

use super::Metrics;
use actix_web::http::{Method, StatusCode};
use portcullis_web::{RequestMeter, Route};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

/// From what needs no read to what is about to be given up. Around 10, 50 and 100 ms they are narrow: those are aims.
const DURATIONS: [f64; 13] = [
    0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 10.0,
];

/// The methods that have a figure of their own.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The statuses that have a figure of their own, in their order.
const STATUSES: [u16; 24] = [
    200, 201, 202, 204, 302, 303, 304, 400, 401, 403, 404, 405, 408, 409, 411, 413, 415, 422, 429, 431, 500, 501, 503,
    504,
];

/// What all other methods and statuses are called.
const OTHER: &str = "other";

/// What stands in the place of a route where none answered.
const UNMATCHED: &str = "unmatched";

type Answers = Family<[(&'static str, String); 3], Counter>;
type Durations = Family<[(&'static str, String); 2], Histogram, fn() -> Histogram>;

pub(super) struct RequestFigures {
    in_flight: Gauge,
    families: Families,
    asked_all_the_time: Vec<RouteFigures>,
    unmatched: RouteFigures,
    others: RwLock<HashMap<String, Arc<RouteFigures>>>,
}

struct Families {
    answers: Answers,
    durations: Durations,
}

/// The figures of one route, by the place of the method among [`METHODS`]; the last is of all other methods.
struct RouteFigures {
    route: String,
    methods: [OnceLock<MethodFigures>; METHODS.len() + 1],
}

struct MethodFigures {
    duration: Histogram,
    /// By the place of the status among [`STATUSES`]; the last is of all other statuses.
    answers: [OnceLock<Counter>; STATUSES.len() + 1],
}

impl RequestFigures {
    pub(super) fn register(registry: &mut Registry, asked_all_the_time: &[&str]) -> Self {
        let families = Families {
            answers: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(DURATIONS)),
        };
        registry.register(
            "http_requests",
            "Requests that were answered, by the pattern of their route",
            families.answers.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "How long it took until the head of the answer was made",
            families.durations.clone(),
        );
        let in_flight = Gauge::default();
        registry.register(
            "http_requests_in_flight",
            "Requests that are being answered",
            in_flight.clone(),
        );
        Self {
            in_flight,
            families,
            asked_all_the_time: asked_all_the_time.iter().map(|path| RouteFigures::of(path)).collect(),
            unmatched: RouteFigures::of(UNMATCHED),
            others: RwLock::default(),
        }
    }

    fn answered(&self, route: Route<'_>, method: &Method, status: StatusCode, time: Duration) {
        match route {
            Route::AskedAllTheTime(index) => {
                let figures = self.asked_all_the_time.get(index).unwrap_or(&self.unmatched);
                figures.answered(&self.families, method, status, time);
            }
            Route::Pattern(pattern) => self.of(pattern).answered(&self.families, method, status, time),
            Route::Unmatched => self.unmatched.answered(&self.families, method, status, time),
        }
    }

    fn of(&self, pattern: &str) -> Arc<RouteFigures> {
        let known = self.others.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(figures) = known.get(pattern) {
            return Arc::clone(figures);
        }
        drop(known);
        let mut known = self.others.write().unwrap_or_else(PoisonError::into_inner);
        let figures = known
            .entry(pattern.to_owned())
            .or_insert_with(|| Arc::new(RouteFigures::of(pattern)));
        Arc::clone(figures)
    }
}

impl RouteFigures {
    fn of(route: &str) -> Self {
        Self {
            route: route.to_owned(),
            methods: std::array::from_fn(|_| OnceLock::new()),
        }
    }

    fn answered(&self, families: &Families, method: &Method, status: StatusCode, time: Duration) {
        let place = METHODS.iter().position(|known| *known == method.as_str());
        let name = place.and_then(|place| METHODS.get(place)).copied().unwrap_or(OTHER);
        let Some(held) = self.methods.get(place.unwrap_or(METHODS.len())) else {
            return;
        };
        let figures = held.get_or_init(|| MethodFigures {
            duration: families
                .durations
                .get_or_create_owned(&[("method", name.to_owned()), ("route", self.route.clone())]),
            answers: std::array::from_fn(|_| OnceLock::new()),
        });
        figures.duration.observe(time.as_secs_f64());
        let place = STATUSES.binary_search(&status.as_u16());
        let Some(held) = figures.answers.get(place.unwrap_or(STATUSES.len())) else {
            return;
        };
        held.get_or_init(|| {
            let status = place.map_or(OTHER.to_owned(), |_| status.as_str().to_owned());
            families.answers.get_or_create_owned(&[
                ("method", name.to_owned()),
                ("route", self.route.clone()),
                ("status", status),
            ])
        })
        .inc();
    }
}

impl RequestMeter for Metrics {
    fn began(&self) {
        if let Some(figures) = &self.0 {
            figures.requests.in_flight.inc();
        }
    }

    fn ended(&self) {
        if let Some(figures) = &self.0 {
            figures.requests.in_flight.dec();
        }
    }

    fn answered(&self, route: Route<'_>, method: &Method, status: StatusCode, time: Duration) {
        if let Some(figures) = &self.0 {
            figures.requests.answered(route, method, status, time);
        }
    }
}
