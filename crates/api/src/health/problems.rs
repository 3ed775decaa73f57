//! Problems of what an orchestrator asks.

use crate::responses::{OF_STORE, problems};

problems! {
    /// Of asking whether the server can serve.
    ReadyProblems: OF_STORE;
}
