//! Answers over HTTP with as little as can be around it.
//!
//! `GET /empty` is an answer without a body, `GET /json` is one in JSON. `GET /user` verifies an HS256 token and reads one row
//! by its key from SQLite, by a statement that is prepared once on the worker's own connection.
//! Call: `bare_http FILE`; the file must not exist. It prints its port and a token, one a line, and serves until it is
//! stopped.

use actix_web::http::header::AUTHORIZATION;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, error, get, web};
use anyhow::Context as _;
use chrono::{DateTime, SecondsFormat};
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use portcullis_load::store::{self, User, users};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Longer than any run.
const TOKEN_LIFE_SECONDS: u64 = 3600;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: Uuid,
    aud: String,
    iat: u64,
    exp: u64,
    role: String,
    email: String,
}

#[derive(Serialize)]
struct UserBody {
    id: Uuid,
    email: String,
    full_name: String,
    role: String,
    is_active: bool,
    email_verified: bool,
    created_at: String,
}

/// What the handler of `/user` works with.
struct Checks {
    key: DecodingKey,
    validation: Validation,
    file: PathBuf,
}

thread_local! {
    /// The connection of a worker, made by its first request. On the worker itself: the read takes microseconds, handing it to
    /// another thread takes longer.
    static CONNECTION: RefCell<Option<SqliteConnection>> = const { RefCell::new(None) };
}

#[get("/empty")]
async fn empty_answer() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

#[get("/json")]
async fn fixed_answer() -> HttpResponse {
    HttpResponse::Ok().json(UserBody {
        id: store::id(1),
        email: "bare-1@example.org".to_owned(),
        full_name: "Ada Lovelace".to_owned(),
        role: "USER".to_owned(),
        is_active: true,
        email_verified: false,
        created_at: "1970-01-01T00:00:00.000000Z".to_owned(),
    })
}

#[get("/user")]
async fn own_row(request: HttpRequest, checks: web::Data<Checks>) -> actix_web::Result<HttpResponse> {
    let token = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .ok_or_else(|| error::ErrorUnauthorized("no token"))?;
    let claims = jsonwebtoken::decode::<Claims>(token, &checks.key, &checks.validation)
        .map_err(error::ErrorUnauthorized)?
        .claims;
    let user = CONNECTION.with_borrow_mut(|connection| row_of(connection, &checks.file, claims.sub));
    let user = user.map_err(error::ErrorInternalServerError)?;
    let body = body(user).ok_or_else(|| error::ErrorInternalServerError("not a user's row"))?;
    Ok(HttpResponse::Ok().json(body))
}

fn row_of(connection: &mut Option<SqliteConnection>, file: &Path, id: Uuid) -> anyhow::Result<User> {
    let connection = match connection {
        Some(connection) => connection,
        empty => empty.insert(store::connect(file)?),
    };
    Ok(users::table
        .find(id.as_bytes().as_slice())
        .select(User::as_select())
        .first(connection)?)
}

fn body(user: User) -> Option<UserBody> {
    Some(UserBody {
        id: Uuid::from_slice(&user.id).ok()?,
        email: user.email,
        full_name: user.full_name,
        role: user.role,
        is_active: user.is_active,
        email_verified: user.email_verified,
        created_at: DateTime::from_timestamp_micros(user.created_at)?.to_rfc3339_opts(SecondsFormat::Micros, true),
    })
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let file = PathBuf::from(std::env::args().nth(1).context("call: bare_http FILE")?);
    store::fill(&mut store::connect(&file)?)?;
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&["portcullis"]);
    validation.set_audience(&["portcullis"]);
    // The secret guards nothing: this server holds made-up rows and listens on the loopback alone.
    let secret = b"a secret of a server without secrets";
    let checks = web::Data::new(Checks {
        key: DecodingKey::from_secret(secret),
        validation,
        file,
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(checks.clone())
            .service(empty_answer)
            .service(fixed_answer)
            .service(own_row)
    })
    .bind(("127.0.0.1", 0))?;
    let address = server.addrs().first().copied().context("no address")?;
    writeln!(std::io::stdout(), "{}\n{}", address.port(), token(secret)?)?;
    server.run().await?;
    Ok(())
}

fn token(secret: &[u8]) -> anyhow::Result<String> {
    let now = jsonwebtoken::get_current_timestamp();
    let claims = Claims {
        iss: "portcullis".to_owned(),
        sub: store::id(1),
        aud: "portcullis".to_owned(),
        iat: now,
        exp: now + TOKEN_LIFE_SECONDS,
        role: "USER".to_owned(),
        email: "bare-1@example.org".to_owned(),
    };
    Ok(jsonwebtoken::encode(
        &Header::default(),
        &claims,
        &EncodingKey::from_secret(secret),
    )?)
}
