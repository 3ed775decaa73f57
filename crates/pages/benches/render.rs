//! How long a page takes, from the request to the bytes, without the connection.
//!
//! `cargo bench -p portcullis-pages --bench render`; each figure is the mean of the best of ten rounds.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    dead_code,
    reason = "a bench prints its table and stops at the first fault, and tests use more of its services"
)]

#[path = "../examples/gallery/people.rs"]
mod people;
#[path = "../examples/gallery/services.rs"]
mod services;

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use actix_web::{App, rt};
use people::People;
use portcullis_application::SignUpPolicy;
use portcullis_domain::{Language, PasswordPolicy, TimeZone};
use portcullis_pages::{PagesPorts, PagesSettings, Theme, routes};
use portcullis_testkit::{FakeBrowserProofs, FakeClock, SeededEntropy};
use portcullis_web::{Cookies, OwnAddress};
use services::Mails;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROUNDS: usize = 10;
const PAGES: u32 = 500;

fn main() {
    rt::System::new().block_on(measure());
}

async fn measure() {
    let address = OwnAddress::default();
    let settings = PagesSettings {
        origins: Vec::new(),
        cookies: Cookies::at(&address, "127.0.0.1").unwrap(),
        address: address.clone(),
        theme: Theme::default(),
        password_policy: PasswordPolicy::default(),
        language: Language::Korean,
        time_zone: TimeZone::default(),
        mail_from: None,
        places: None,
        sign_up: SignUpPolicy::Open,
        providers: Vec::new(),
    };
    let ports = PagesPorts {
        entropy: Arc::new(SeededEntropy::new(7)),
        proofs: Arc::new(FakeBrowserProofs),
        clock: Arc::new(FakeClock::new()),
    };
    let mount = routes(
        People::new(true).services(),
        Some(Mails::default().services()),
        settings,
        ports,
    );
    let app = init_service(App::new().app_data(Data::new(address)).configure(mount)).await;
    for path in [
        "/forgot-password",
        "/new-password?token=good",
        "/join?token=long",
        "/was-it-you?token=good",
        "/sign-in",
        "/sign-up",
    ] {
        let mut best = Duration::MAX;
        let mut bytes = 0;
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            for _ in 0..PAGES {
                let answer = call_service(&app, TestRequest::get().uri(path).to_request()).await;
                bytes = read_body(answer).await.len();
            }
            best = best.min(begun.elapsed());
        }
        println!("{path:28} {:>6} us {bytes:>6} bytes", (best / PAGES).as_micros());
    }
}
