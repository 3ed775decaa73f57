//! What happens to every request and every answer.

pub(crate) mod cors;
pub(crate) mod head;
pub(crate) mod host;
pub(crate) mod observed;
pub(crate) mod plain_path;
pub(crate) mod protocol;
pub(crate) mod refusals;
pub(crate) mod request_id;
pub(crate) mod security_headers;
pub(crate) mod turn;
