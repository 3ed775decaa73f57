//! A request's body, not read yet.

use crate::body_allowance::{BodyAllowance, Held};
use crate::fields::Fields;
use crate::gate::Gate;
use crate::refusal::{Refusal, kind};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use actix_web::mime::Mime;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::iter;
use std::rc::Rc;
use std::time::Duration;

/// How much of a body is read, and for how long.
#[derive(Clone)]
pub(crate) struct BodyLimits {
    /// The most bytes.
    pub(crate) bytes: usize,
    /// The longest time for all of it; actix-web has no such timer.
    pub(crate) time: Duration,
    /// What the bodies of all requests may take together.
    pub(crate) together: BodyAllowance,
}

/// The body of a request. Taking it does not fail and reads nothing, so that who may call is decided before what
/// was sent.
pub struct Incoming {
    request: HttpRequest,
    payload: Payload,
}

/// Where a body ends.
#[derive(Clone, Copy)]
enum End {
    /// After so many bytes.
    After(usize),
    /// Where the payload does.
    OfPayload,
}

enum MediaType {
    Json,
    Form,
}

impl FromRequest for Incoming {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            request: request.clone(),
            payload: payload.take(),
        }))
    }
}

impl Incoming {
    /// Reads a JSON object, of a call that takes no parameters in its query.
    pub async fn json(self) -> Result<Fields, Refusal> {
        let (body, ()) = self.json_and_query(|_| ()).await?;
        Ok(body)
    }

    /// Reads a JSON object, and by `read` what the query beside it says.
    pub async fn json_and_query<Q>(self, read: impl FnOnce(&mut Fields) -> Q) -> Result<(Fields, Q), Refusal> {
        self.require_json()?;
        let mut query = Fields::of_query(self.request.query_string())?;
        let said = read(&mut query);
        let body = Fields::of_json(&self.read().await?)?;
        Ok((body.beside(query), said))
    }

    /// Reads a JSON object where there is a body, and by `read` what the query says.
    pub async fn json_if_any_and_query<Q>(
        self,
        read: impl FnOnce(&mut Fields) -> Q,
    ) -> Result<(Option<Fields>, Q), Refusal> {
        let judged = self.require_json();
        // Of a body in chunks nobody knows whether there is one before it ends.
        let judged = match self.end() {
            End::After(0) | End::OfPayload => judged,
            End::After(_) => Ok(judged?),
        };
        let mut query = Fields::of_query(self.request.query_string())?;
        let said = read(&mut query);
        let body = self.read().await?;
        if body.is_empty() {
            return query.finish(Some((None, said)));
        }
        judged?;
        Ok((Some(Fields::of_json(&body)?.beside(query)), said))
    }

    /// Whether it is a form.
    #[must_use]
    pub fn is_form(&self) -> bool {
        matches!(self.media_type(), Some(MediaType::Form))
    }

    /// Reads a form. What stands in the query is ignored.
    pub async fn form(self) -> Result<Fields, Refusal> {
        self.require_form()?;
        Fields::of_form(&self.read().await?)
    }

    /// Reads a form, and by `read` the one parameter of the query that counts. What else stands there is ignored (RFC 6749,
    /// section 3.2).
    pub async fn form_and_query<Q>(
        self,
        parameter: &str,
        read: impl FnOnce(&mut Fields) -> Q,
    ) -> Result<(Fields, Q), Refusal> {
        self.require_form()?;
        let pairs = self.request.query_string().split('&');
        let counting: Vec<&str> = pairs.filter(|pair| pair.split('=').next() == Some(parameter)).collect();
        let mut query = Fields::of_query(&counting.join("&"))?;
        let said = read(&mut query);
        let body = Fields::of_form(&self.read().await?)?;
        Ok((body.beside(query), said))
    }

    /// Reads the text of a form, for who takes it apart in a way of their own. The call takes no parameters in its query,
    /// where they would be logged (RFC 6749, section 2.3.1).
    pub async fn form_text(self) -> Result<BytesMut, Refusal> {
        self.require_form()?;
        if !self.request.query_string().is_empty() {
            return Err(Refusal::malformed_body(
                "Send the parameters in the body alone, none of them in the query.",
            ));
        }
        self.read().await
    }

    fn require_json(&self) -> Result<(), Refusal> {
        match self.media_type() {
            Some(MediaType::Json) => Ok(()),
            Some(MediaType::Form) | None => Err(Refusal::unsupported_media_type("application/json")),
        }
    }

    fn require_form(&self) -> Result<(), Refusal> {
        match self.media_type() {
            Some(MediaType::Form) => Ok(()),
            Some(MediaType::Json) | None => Err(Refusal::unsupported_media_type("application/x-www-form-urlencoded")),
        }
    }

    /// `None` for what is not read here: other types, forms of other charsets than UTF-8, compressed bodies. For JSON a
    /// charset means nothing (RFC 8259, section 11).
    fn media_type(&self) -> Option<MediaType> {
        let headers = self.request.headers();
        if headers.contains_key(CONTENT_ENCODING) || headers.get_all(CONTENT_TYPE).count() != 1 {
            return None;
        }
        let mime = parsed(headers.get(CONTENT_TYPE)?.to_str().ok()?)?;
        match mime.essence_str() {
            "application/json" => Some(MediaType::Json),
            "application/x-www-form-urlencoded"
                if mime
                    .params()
                    .all(|(name, value)| name != "charset" || value == "utf-8" || value == "utf8") =>
            {
                Some(MediaType::Form)
            }
            _ => None,
        }
    }

    async fn read(mut self) -> Result<BytesMut, Refusal> {
        let limits = self
            .request
            .app_data::<BodyLimits>()
            .cloned()
            .ok_or_else(|| Refusal::internal(&std::io::Error::other("the limits of bodies are not set")))?;
        let end = self.end();
        if matches!(end, End::After(length) if length > limits.bytes) {
            return Err(kind::BODY_TOO_LARGE.into());
        }
        let gate = self.request.conn_data::<Rc<Gate>>();
        if let Some(gate) = gate {
            gate.open();
        }
        let mut held = limits.together.hold();
        let body = tokio::time::timeout(limits.time, collect(&mut self.payload, end, limits.bytes, &mut held)).await;
        // What was sent lives on in what was made of it.
        self.request.extensions_mut().insert(held);
        if let Some(gate) = gate {
            gate.shut();
        }
        body.unwrap_or(Err(kind::REQUEST_TIMEOUT.into()))
    }

    /// By RFC 9112, section 6.3. actix-web goes by it too, but where a client offers to change to `websocket`: there it
    /// hands over whatever is sent until the connection ends.
    fn end(&self) -> End {
        let headers = self.request.headers();
        if headers.contains_key(TRANSFER_ENCODING) {
            return End::OfPayload;
        }
        let length = headers
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok());
        End::After(length.unwrap_or(0))
    }
}

/// A media type as it may be written (RFC 9110, section 5.6.6): with white space around each `;`, and with nothing
/// behind it. The library takes neither.
fn parsed(media_type: &str) -> Option<Mime> {
    let mut parts = media_type.split(';').map(|part| part.trim_matches([' ', '\t']));
    let essence = parts.next()?;
    let parameters = parts.filter(|part| !part.is_empty());
    let written: Vec<&str> = iter::once(essence).chain(parameters).collect();
    written.join(";").parse().ok()
}

async fn collect(payload: &mut Payload, end: End, limit: usize, held: &mut Held) -> Result<BytesMut, Refusal> {
    let ended_early = || Refusal::malformed_body("The body ended early.");
    let mut body = BytesMut::new();
    loop {
        let missing = match end {
            End::After(length) if length == body.len() => return Ok(body),
            End::After(length) => Some(length - body.len()),
            End::OfPayload => None,
        };
        let mut chunk = match (payload.next().await, missing) {
            (Some(chunk), _) => chunk.map_err(|_| ended_early())?,
            (None, Some(_)) => return Err(ended_early()),
            (None, None) => return Ok(body),
        };
        chunk.truncate(missing.unwrap_or(chunk.len()));
        if body.len() + chunk.len() > limit {
            return Err(kind::BODY_TOO_LARGE.into());
        }
        held.grow(chunk.len())?;
        body.extend_from_slice(&chunk);
    }
}
