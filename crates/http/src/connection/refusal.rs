//! Answers to what never becomes a request.

use crate::middleware::request_id::{X_REQUEST_ID, milliseconds_between};
use crate::middleware::security_headers::SECURITY_HEADERS;
use crate::problem::Problem;
use actix_codec::Encoder;
use actix_http::body::BodySize;
use actix_http::h1::{Codec, Message};
use actix_http::{Response, ServiceConfig};
use actix_web::ResponseError;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::BytesMut;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{Clock, Entropy};
use portcullis_domain::RequestId;
use std::sync::Arc;

/// Writes them, and the log's lines of them.
pub(super) struct Refusals {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) codec: ServiceConfig,
}

impl Refusals {
    /// The time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The answer to a head of which the first byte came then, as it is sent. It is logged like any other, without
    /// what was sent: the method and the route of what can't be read are not known.
    pub(super) fn answer(&self, problem: &Problem, began: DateTime<Utc>) -> BytesMut {
        let now = self.now();
        let id = RequestId::new(now, self.entropy.bytes());
        let body = problem.to_json(Some(&id));
        let mut response = Response::from(problem.error_response()).drop_body();
        for (name, value) in SECURITY_HEADERS {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
        tracing::info_span!("request", request_id = id.as_str()).in_scope(|| {
            tracing::info!(
                method = "unknown",
                route = "unmatched",
                status = response.status().as_u16(),
                duration_ms = milliseconds_between(began, now),
                "answered"
            );
        });
        let mut answer = BytesMut::new();
        let head = Message::Item((response, BodySize::Sized(body.len() as u64)));
        // Without an answer the connection is closed all the same.
        if Codec::new(self.codec.clone()).encode(head, &mut answer).is_ok() {
            answer.extend_from_slice(body.as_bytes());
        }
        answer
    }
}
