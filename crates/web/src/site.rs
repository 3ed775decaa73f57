//! What a server serves, and for whom.

use crate::public_url::OwnAddress;
use crate::refusal::Refusal;
use portcullis_domain::RequestId;

/// How a refusal is written for those who read it. The routes of another kind of reader stand in a scope that has another
/// surface as its `app_data`.
#[derive(Clone, Copy)]
pub struct Surface {
    /// The media type of what is written.
    pub media_type: &'static str,
    /// Writes it, with links that start with the address.
    pub write: fn(&Refusal, Option<&RequestId>, &OwnAddress) -> String,
}

/// The routes of a server.
#[derive(Clone)]
pub struct Site<M> {
    /// How refusals are written where no scope says otherwise.
    pub surface: Surface,
    /// Where clients reach it. Every handler finds it in its `Data`.
    pub address: OwnAddress,
    /// The paths that proxies and orchestrators ask all the time: where all is well, the log tells it at `debug` alone.
    pub asked_all_the_time: &'static [&'static str],
    /// Mounts the routes, and answers what none of them takes.
    pub mount: M,
}
