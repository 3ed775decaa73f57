//! The ports that the server itself calls.

use portcullis_application::ports::{Clock, Entropy};
use std::sync::Arc;

/// What names and measures requests.
#[derive(Clone)]
pub struct Ports {
    /// Stamps request ids and measures requests.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids.
    pub entropy: Arc<dyn Entropy>,
}
