//! Serves every page, to look at it: on services of mail that change nothing and answer by what a token is called, and on
//! people of a store that goes with it.
//!
//!     cargo run -p portcullis-pages --example gallery [PORT]
//!
//! It prints its address. Add `?token=good`, or another token of `services.rs`, to the paths of links. Sign in by any address
//! and the password of the tests; `people.rs` says which addresses are refused, and `flows.rs` what apps ask.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    reason = "it is a tool of those who write pages; the tests use more of its parts"
)]

mod flows;
mod people;
mod services;
mod serving;

use people::People;
use portcullis_pages::Theme;
use services::Mails;
use std::net::TcpListener;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).map_or(0, |port| port.parse().unwrap());
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    println!("http://{}", listener.local_addr()?);
    let theme = Theme {
        name: "Orchard".parse().unwrap(),
        terms: "https://orchard.example/terms".parse().ok(),
        privacy: "https://orchard.example/privacy".parse().ok(),
        help: "https://orchard.example/help".parse().ok(),
        contact: portcullis_domain::Email::parse("help@orchard.example").ok(),
        ..Theme::default()
    };
    let settings = serving::settings(&listener, theme);
    serving::serving(
        listener,
        settings,
        &People::new(true),
        Some(&Mails::default()),
        flows::mount,
    )
    .await
}
