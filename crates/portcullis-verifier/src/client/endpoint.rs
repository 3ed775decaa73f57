//! One address of the server, asked within bounds of time and size.

use super::clock::Clock;
use reqwest::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH};
use reqwest::{Client, Response, StatusCode, Url};
use std::sync::Arc;
use std::time::Duration;

/// Where to ask, and what an answer may be at most.
pub(super) struct Endpoint {
    pub(super) client: Client,
    pub(super) url: Url,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) max_bytes: usize,
}

/// An answer.
pub(super) enum Answer {
    /// 304: it is still what the entity tag names.
    Unchanged,
    /// 200.
    Found {
        body: Vec<u8>,
        /// Of what the body is, if it can be asked for changes of it.
        entity_tag: Option<HeaderValue>,
        /// How long the answer stays good, if it says so.
        max_age: Option<Duration>,
    },
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// Neither 200 nor an expected 304. Redirects are among these: none is followed.
    #[error("the answer is {0}")]
    Status(StatusCode),
    /// More than the bound.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// Not within the time.
    #[error("no answer within {0:?}")]
    TooSlow(Duration),
    /// The body is not what it has to be.
    #[error("the answer can't be read")]
    Unreadable,
    /// The network, or TLS.
    #[error(transparent)]
    Network(#[from] reqwest::Error),
}

impl Endpoint {
    /// Asks. With `known`, 304 is an answer. With `wait`, the server may hold the answer back for so many seconds.
    pub(super) async fn get(
        &self,
        known: Option<&HeaderValue>,
        wait: Option<u64>,
        limit: Duration,
    ) -> Result<Answer, FetchError> {
        tokio::select! {
            answer = self.answer(known, wait) => answer,
            () = self.clock.sleep(limit) => Err(FetchError::TooSlow(limit)),
        }
    }

    async fn answer(&self, known: Option<&HeaderValue>, wait: Option<u64>) -> Result<Answer, FetchError> {
        let mut url = self.url.clone();
        if let Some(seconds) = wait {
            url.set_query(Some(&format!("wait={seconds}")));
        }
        let mut request = self.client.get(url);
        if let Some(known) = known {
            request = request.header(IF_NONE_MATCH, known);
        }
        let response = request.send().await?;
        match response.status() {
            StatusCode::OK => {
                let entity_tag = response.headers().get(ETAG).cloned();
                let max_age = max_age(response.headers());
                Ok(Answer::Found {
                    body: self.body(response).await?,
                    entity_tag,
                    max_age,
                })
            }
            StatusCode::NOT_MODIFIED if known.is_some() => Ok(Answer::Unchanged),
            status => Err(FetchError::Status(status)),
        }
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, FetchError> {
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await? {
            if piece.len() > self.max_bytes - body.len() {
                return Err(FetchError::TooLarge(self.max_bytes));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

/// `max-age` of `Cache-Control` (RFC 9111, section 5.2.2.1).
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let name: HeaderName = CACHE_CONTROL;
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|directive| directive.trim().strip_prefix("max-age=")?.parse().ok())
        .map(Duration::from_secs)
}

/// An error and what caused it, for the log.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
