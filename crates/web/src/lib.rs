//! HTTP on actix-web, whoever reads the answers: connections, request ids, bodies, limits and refusals.
//!
//! This crate decides how a request is read and how an answer is sent. The crates above it, one for each kind of
//! reader, decide what is answered and in which form.

mod app_redirects;
mod body_allowance;
mod client_address;
mod cookies;
mod device_cookie;
mod fields;
mod gate;
mod incoming;
mod loopback;
mod middleware;
mod page_origins;
mod pieces;
mod ports;
mod public_url;
mod refusal;
mod relying_party;
mod request_locale;
mod request_origin;
mod same_site;
mod server;
mod settings;
mod site;
mod social_cookie;
mod static_file;

pub use actix_server::GracefulShutdownSignal;
pub use app_redirects::{AppRedirects, AppRedirectsError};
pub use client_address::{TrustedProxies, TrustedProxiesError};
pub use cookies::{Cookies, NoCookieValue, OwnCookie, SameSite};
pub use device_cookie::DeviceCookie;
pub use fields::{Fields, Flaw};
pub use incoming::Incoming;
pub use loopback::is_loopback;
pub use middleware::head::HeadAlone;
pub use middleware::request_id::{REQUEST_SPAN, X_REQUEST_ID, current_request_id};
pub use page_origins::{AllowedOrigins, AllowedOriginsError, TrustedPages};
pub use pieces::Pieces;
pub use ports::{Ports, RequestMeter, RequestTraces, Route};
pub use public_url::{NoIssuer, OwnAddress, PublicUrl, PublicUrlError};
pub use refusal::kind::{self, Kind};
pub use refusal::{FieldError, Refusal};
pub use relying_party::{NoPasskeys, RelyingParty, RelyingPartyError};
pub use request_locale::RequestLocale;
pub use request_origin::RequestOrigin;
pub use server::server;
pub use settings::WebSettings;
pub use site::{ClientOrigins, ClientPaths, ForPeople, OpenPaths, Site, Surface};
pub use static_file::StaticFile;
