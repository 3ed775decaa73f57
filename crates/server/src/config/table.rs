//! The table of settings: what is loaded, judged, printed and documented. An entry and its use make a setting.

mod checks;
mod social;

use super::pages::logo;
use super::setting::{Form, Section, Setting, section};
pub(super) use checks::refuse_tilde;
use checks::{
    accent, allowed_origins, collector, database_url, email, host, link_place, metrics_address, owners_page,
    public_url, rate, redis_url, secret_key, sender, smtp_url, theme_name, time_zone, trusted_proxies,
};
use social::SOCIAL;
pub(super) use social::{OUTBOUND_ALLOW, REDIRECT_ALLOWLIST};

/// All of them.
pub(super) static SECTIONS: &[&Section] = &[
    &LISTENING,
    &STORAGE,
    &KEYS,
    &PASSWORDS,
    &FACTORS,
    &PASSKEYS,
    &LIMITS,
    &MAIL,
    &PAGES,
    &SOCIAL,
    &ADMINISTRATION,
    &CLIENTS,
    &LOGS,
    &OBSERVATION,
];

pub(super) fn settings() -> impl Iterator<Item = &'static Setting> {
    SECTIONS.iter().flat_map(|section| section.settings.iter().copied())
}

/// Their names, and those of the files that secrets may be in.
pub(super) fn names() -> impl Iterator<Item = String> {
    settings().flat_map(|setting| std::iter::once(setting.name.to_owned()).chain(setting.twin()))
}

/// Whether that is the name of a setting that nobody may see.
pub(super) fn is_secret(name: &str) -> bool {
    settings().any(|setting| setting.name == name && setting.twin().is_some())
}

section! { LISTENING, "Listening":
    HOST {
        form: Form::Text("an address or a name", host),
        default: Some("127.0.0.1"),
        help: "Where to listen. `127.0.0.1` is this machine alone, `localhost` the same by IPv4 and IPv6, `0.0.0.0` every \
               IPv4 address of it, `::` every address.",
        more: "A name stands for all of its addresses that this machine has. An IPv6 address may stand in brackets.",
    }
    PORT {
        form: Form::Number(0, 65_535),
        default: Some("8000"),
        help: "The TCP port. `0` takes a free one; the log line `listening` says which.",
    }
    PUBLIC_URL {
        form: Form::Text("an http or https address", public_url),
        example: "https://auth.example.org",
        help: "The address that clients reach the server by. Links start with it. It may have a path, which a proxy takes \
               away: `https://example.org/auth`. Access tokens name it as their issuer. Unset, the issuer is `portcullis`.",
        more: "It is written as a browser shows it, without user, query and fragment; a slash at its end makes no \
               difference to links ([a path of its own](operations.md#under-a-path)). It is written into `iss` byte for \
               byte, so a change of it ends the access tokens of before; clients get new ones by refreshing.",
    }
    TRUSTED_PROXIES {
        form: Form::Text("addresses and networks, with commas between them", trusted_proxies),
        example: "192.0.2.7,10.0.0.0/8",
        help: "The proxies before the server. Where a connection comes from one of them, `X-Forwarded-For` or `Forwarded` \
               says which address the client has. Unset, both headers are ignored.",
        more: "The list is read from its end; the first address that is not one of these is the client's. Name the proxies \
               alone: whoever is in the list can choose an address ([more](operations.md#the-clients-address)).",
    }
    CORS_ALLOWED_ORIGINS {
        form: Form::Text("origins, with commas between them", allowed_origins),
        example: "https://app.example.org",
        help: "The origins of web apps on other servers whose scripts may call `/auth`, `/users` and `/admin`. Each is scheme, \
               host and port, as a browser shows it. Unset, no script of another origin reads an answer.",
        more: "The server's own origin needs no entry. The start warns of origins of another site, whose pages can't keep the \
               refresh token in the cookie ([web apps](web-apps.md)).",
    }
    DOCS {
        form: Form::OneOf(&["on", "off"]),
        default: Some("on"),
        help: "Whether the interactive page at `/docs` and the OpenAPI document at `/openapi.json` are served.",
        more: "Without them `docs` in the answer of `/` is null. `portcullis openapi` prints the document all the same.",
    }
}

section! { STORAGE, "Storage":
    DATA_DIR {
        form: Form::Text("a folder", refuse_tilde),
        default: Some("./data"),
        help: "The folder of the SQLite database `portcullis.db` and of the key file. The server makes it where it is \
               missing, open to its owner alone.",
    }
    DATABASE_URL {
        form: Form::Secret(database_url),
        example: "postgres://portcullis@localhost/portcullis",
        help: "Where accounts are kept: `postgres://user:password@host:5432/database` or `sqlite:///./relative.db`. \
               Unset: SQLite in `DATA_DIR`.",
    }
}

section! { KEYS, "Keys and tokens":
    SECRET_KEY {
        form: Form::Secret(secret_key),
        example: "<the output of `openssl rand -base64 48`>",
        help: "The server's secret. It signs access tokens with HS256, encrypts the keys that the database keeps, and \
               the keys of refresh tokens and cursors are derived from it. At least 32 bytes. Unset: with SQLite the \
               server makes one and keeps it in `DATA_DIR/secret.key`; PostgreSQL needs it set.",
        more: "The key of HS256 is its UTF-8 bytes. Refused are well-known sample values, one character or a short word \
               over and over, and a command such as `$(openssl rand …)` that no shell ran.",
    }
    SECRET_KEY_PREVIOUS {
        form: Form::Secret(secret_key),
        example: "<the SECRET_KEY before the present one>",
        help: "The key before. Tokens and cursors that were made with it are still accepted; new ones are not made with it.",
    }
    ALGORITHM {
        form: Form::OneOf(&["HS256", "EdDSA", "ES256", "RS256"]),
        example: "EdDSA",
        help: "How access tokens are signed: `HS256` by `SECRET_KEY` itself, the others by keys that the server makes and \
               publishes. Unset: the algorithm that signs now goes on, which is HS256 at first. Set it alike for every \
               replica.",
        more: "Where it is set, each start switches the keys to it ([more](keys.md)).",
    }
    KEY_ROTATION_DAYS {
        form: Form::Number(0, 3650),
        default: Some("90"),
        help: "The age in days at which a key of EdDSA, ES256 or RS256 gives way to the next. `0` means never.",
    }
    ACCESS_TOKEN_EXPIRE_MINUTES {
        form: Form::Number(1, 1440),
        default: Some("15"),
        help: "The life of an access token in minutes.",
    }
    REFRESH_TOKEN_EXPIRE_DAYS {
        form: Form::Number(1, 3650),
        default: Some("7"),
        help: "The life of a refresh token in days, from its issue.",
    }
    SESSION_MAX_DAYS {
        form: Form::Number(1, 3650),
        default: Some("90"),
        help: "The life of a session in days, from its login, however often it is refreshed.",
    }
    MAX_SESSIONS_PER_USER {
        form: Form::Number(1, 10_000),
        default: Some("100"),
        help: "The most live sessions of one user. One more ends the oldest.",
    }
    REFRESH_TOKEN_GRACE_SECONDS {
        form: Form::Number(0, 60),
        default: Some("10"),
        help: "How many seconds after its use a refresh token still gets the same successor, as long as that is \
               unused. With `0` a second use always ends the session.",
        more: "A token that a browser brings in its cookie is forgiven for as long as its successor is unused, also with `0` \
               ([web apps](web-apps.md#with-the-cookie)).",
    }
}

section! { PASSWORDS, "Passwords":
    PASSWORD_MIN_LENGTH {
        form: Form::Number(8, 128),
        default: Some("8"),
        help: "The fewest characters of a new password. Passwords that are set already stay valid.",
    }
    PASSWORD_BLOCKLIST {
        form: Form::OneOf(&["on", "off"]),
        default: Some("on"),
        help: "Whether a new password is refused that everybody tries, or that is made of the account's own address or name. \
               Passwords that are set already stay valid.",
        more: "Of a password that has more than 100 characters the first 100 are judged. Refused are scores 0 and 1 of zxcvbn.",
    }
    BCRYPT_COST {
        form: Form::Number(4, 16),
        default: Some("12"),
        help: "The cost of bcrypt. One more doubles the time of a login. Below 10 the start warns.",
        more: "The log soon says how fast this machine is at it ([more](operations.md#how-many-logins-it-can-take)). A \
               raised cost reaches each password at its next login.",
    }
}

section! { FACTORS, "Second factors":
    MFA_REQUIRED_FOR {
        form: Form::OneOf(&["ADMIN", "ALL"]),
        example: "ADMIN",
        help: "Which accounts must have a second factor: those of administrators, or all. Until one has, setting it up is all \
               that it can be used for. Unset: none must.",
        more: "Sessions that live when it is set are led to it, too. Set it alike for every replica. \
               [More](administration.md#demanding-a-second-factor).",
    }
}

section! { PASSKEYS, "Passkeys":
    WEBAUTHN_RP_ID {
        form: Form::Text("a domain", |_| Ok(())),
        example: "example.org",
        needs: &["PUBLIC_URL"],
        help: "The domain that passkeys are made for: the host of `PUBLIC_URL`, or a domain above it. Unset: the host. Passkeys \
               of another domain stop working.",
        more: "A domain above the host lets the server move to another host below it. Whoever serves pages below that domain \
               can ask for the passkeys, too, so take one that is yours alone ([passkeys](administration.md#passkeys)).",
    }
}

section! { MAIL, "Mail":
    SMTP_URL {
        form: Form::Secret(smtp_url),
        example: "smtp://user:password@mail.example.org:587",
        needs: &["MAIL_FROM", "PUBLIC_URL"],
        help: "The mail server. `smtp://` demands STARTTLS, but not to this machine; `smtps://` is TLS from the first byte. \
               Unset, no mail is sent.",
        more: "Without a port it is 587, or 465 for `smtps://`. User and password are percent-encoded. \
               [More](mail.md#the-mail-server).",
    }
    MAIL_FROM {
        form: Form::Text("an email address, or a name and an address", sender),
        example: "Portcullis <no-reply@example.org>",
        help: "Who mails are from. `SMTP_URL` needs it; the mailbox inside shows it.",
    }
    MAILBOX {
        form: Form::OneOf(&["off", "on"]),
        default: Some("off"),
        help: "With `on`, mails are kept inside and none is sent: `/dev/mailbox` and `portcullis mail show` show them with \
               their links. Only where `HOST` and `PUBLIC_URL` are this machine.",
        more: "For the first day, and for tests from end to end ([more](mail.md#the-mailbox-inside)).",
    }
    REQUIRE_VERIFIED_EMAIL {
        form: Form::OneOf(&["false", "true"]),
        default: Some("false"),
        help: "With `true`, nobody signs in to an account whose address is not verified. Needs mail.",
    }
    REGISTRATION {
        form: Form::OneOf(&["open", "invited", "closed"]),
        default: Some("open"),
        help: "Who may sign up: anybody, those whom an administrator invites, or nobody.",
    }
    MAIL_LINK_VERIFY {
        form: Form::Text("an http or https address", link_place),
        example: "https://app.example.org/verify",
        help: "Where links that verify an address lead. `token=` is added to its query. Unset: `PUBLIC_URL/verify-email`.",
    }
    MAIL_LINK_PASSWORD {
        form: Form::Text("an http or https address", link_place),
        example: "https://app.example.org/new-password",
        help: "The same of links to a new password. Unset: `PUBLIC_URL/new-password`.",
    }
    MAIL_LINK_UNDO {
        form: Form::Text("an http or https address", link_place),
        example: "https://app.example.org/undo-email",
        help: "The same of links that take an address back. Unset: `PUBLIC_URL/undo-email`.",
    }
    MAIL_LINK_NOT_ME {
        form: Form::Text("an http or https address", link_place),
        example: "https://app.example.org/was-it-you",
        help: "The same of links that say \"this was not me\". Unset: `PUBLIC_URL/was-it-you`.",
    }
    MAIL_LINK_JOIN {
        form: Form::Text("an http or https address", link_place),
        example: "https://app.example.org/join",
        help: "The same of invitations. Unset: `PUBLIC_URL/join`.",
    }
    TEMPLATES_DIR {
        form: Form::Text("a folder", refuse_tilde),
        example: "/etc/portcullis/templates",
        help: "A folder of your own templates of mails. Each file takes the place of the one of that name.",
        more: "See [templates](mail.md#templates).",
    }
    DEFAULT_LOCALE {
        form: Form::OneOf(&["en", "ko"]),
        default: Some("en"),
        help: "The language of mails and pages to those whose own is not known, or not one that they are written in.",
    }
    TIME_ZONE {
        form: Form::Text("a time zone of the IANA database", time_zone),
        default: Some("UTC"),
        help: "The time zone of mails and pages to those who have not set their own.",
    }
}

section! { LIMITS, "Limits":
    RATE_LIMIT {
        form: Form::OneOf(&["on", "off"]),
        default: Some("on"),
        help: "Whether it is limited how often somebody may guess a password, sign up, cause mails and refresh.",
        more: "With `off`, set such limits in the proxy. `doctor` and the start warn of it where others than this machine \
               reach the server ([more](operations.md#how-often-somebody-may-try)).",
    }
    RATE_LIMIT_LOGIN {
        form: Form::Text("a rate", rate),
        default: Some("10/15m"),
        idle_while: OFF,
        help: "How many wrong passwords one account takes from all devices that never signed in to it, and from each one \
               that did. `10/15m` is ten at once, and then one more every 90 seconds. An address gets ten times as many, over \
               all accounts.",
    }
    RATE_LIMIT_REGISTER {
        form: Form::Text("a rate", rate),
        default: Some("20/1h"),
        idle_while: OFF,
        help: "How many registrations may come from one address.",
        more: "Those that are refused count, too, since they tell whether an account is there.",
    }
    RATE_LIMIT_MAIL {
        form: Form::Text("a rate", rate),
        default: Some("3/1h"),
        idle_while: OFF,
        help: "How many mails to one address strangers may cause. One client address may cause ten times as many.",
        more: "Notices do not count. Whoever asks for more is answered as ever, and no mail is sent.",
    }
    RATE_LIMIT_REFRESH {
        form: Form::Text("a rate", rate),
        default: Some("60/1m"),
        idle_while: OFF,
        help: "How often one session may be refreshed.",
    }
    REDIS_URL {
        form: Form::Secret(redis_url),
        example: "redis://portcullis@localhost:6379/0",
        idle_while: OFF,
        help: "A Redis or Valkey in which several servers count these limits together: \
               `redis://user:password@host:6379/0`, or `rediss://` for TLS. Unset: each server counts for itself.",
        more: "While it does not answer, each server counts for itself ([more](operations.md#several-servers-count-together)).",
    }
}

section! { ADMINISTRATION, "Administration":
    ADMIN_EMAIL {
        form: Form::Text("an email address", email),
        example: "admin@example.org",
        needs: &["ADMIN_PASSWORD"],
        help: "The first administrator: the start makes an account of this address while there is no active administrator.",
        more: "See [the first administrator](administration.md#the-first-administrator).",
    }
    ADMIN_PASSWORD {
        form: Form::LateSecret,
        example: "<the output of `openssl rand -base64 18`>",
        needs: &["ADMIN_EMAIL"],
        help: "The first administrator's password.",
        more: "It meets the rules for passwords. While there is an active administrator it is not judged, nor is a file \
               for it read.",
    }
    AUDIT_RETENTION_DAYS {
        form: Form::Number(0, 36_500),
        default: Some("365"),
        help: "How many days events stay in the audit trail. `0` means that they stay for ever.",
        more: "See [the audit trail](administration.md#the-audit-trail).",
    }
}

section! { CLIENTS, "OAuth clients":
    CLIENTS_FILE {
        form: Form::Text("a file", refuse_tilde),
        example: "/etc/portcullis/clients.toml",
        help: "A TOML file of OAuth clients and resources. It is read at the start and on SIGHUP, and what it says is made so. \
               What it looks after is changed nowhere else.",
        more: "See [clients in a file](clients.md#clients-in-a-file). A file that is not right stops the start; on SIGHUP all \
               stays as it was, and the log says why. While this is set, SIGHUP does not stop the server.",
    }
}

section! { PAGES, "Pages":
    THEME_NAME {
        form: Form::Text("a name of at most 60 characters", theme_name),
        example: "Orchard",
        help: "What people know the server by. It stands in the title of every page, and in mails. Unset: Portcullis.",
        more: "See [pages](pages.md#theme).",
    }
    THEME_LOGO {
        form: Form::Text("the path of a file", logo),
        example: "/etc/portcullis/logo.svg",
        help: "A picture in the place of the mark: an SVG or PNG file of at most 64 KiB.",
    }
    THEME_ACCENT {
        form: Form::Text("a color of the form #rrggbb", accent),
        example: "#1d6b62",
        help: "The brand's color. Buttons, links and all other colors follow from it, so that text stays readable. \
               `portcullis doctor` shows what comes of it.",
        more: "In `.env` it stands between quotes: `#` begins a comment there.",
    }
    TERMS_URL {
        form: Form::Text("an http or https address", owners_page),
        example: "https://example.org/terms",
        help: "The terms of use. Unset, pages do not name any.",
    }
    PRIVACY_URL {
        form: Form::Text("an http or https address", owners_page),
        example: "https://example.org/privacy",
        help: "What you do with people's data. Unset, pages do not link to it.",
    }
    HELP_URL {
        form: Form::Text("an http or https address", owners_page),
        example: "https://example.org/help",
        help: "Help. Unset, pages do not link to it.",
    }
    CONTACT {
        form: Form::Text("an email address", email),
        example: "help@example.org",
        help: "Whom people may write to when something goes wrong. Pages show it.",
    }
    GEOIP_FILE {
        form: Form::Text("the path of a file", refuse_tilde),
        example: "/var/lib/GeoIP/GeoLite2-City.mmdb",
        help: "A file that tells where addresses are, as GeoLite2-City.mmdb does. Pages then show a city and a country beside \
               the address of a device. Unset, they show the address alone.",
        more: "Portcullis brings no such file, and asks nobody else where an address is. It is read at the start ([more](pages.md#\
               where-a-device-is)).",
    }
}

section! { LOGS, "Logs":
    LOG_LEVEL {
        form: Form::OneOf(&["error", "warn", "info", "debug", "trace"]),
        default: Some("info"),
        help: "The lowest level that is logged: `warn` leaves out `info`, `debug` and `trace`.",
    }
    LOG_FORMAT {
        form: Form::OneOf(&["pretty", "json"]),
        default: Some("pretty"),
        help: "`pretty` is for people, `json` is one object a line.",
    }
}

section! { OBSERVATION, "Metrics and traces":
    METRICS_ADDRESS {
        form: Form::Text("an address or a name, a colon and a port", metrics_address),
        example: "127.0.0.1:9464",
        help: "Where `GET /metrics` answers in Prometheus' text format. Unset: nowhere. Whoever reaches the address can read \
               how many people sign in and how busy the server is.",
        more: "It is a listener of its own, and never the port of calls. Port `0` takes a free one; the log line \
               `metrics are served` says which. See [metrics](operations.md#metrics).",
    }
    OTEL_EXPORTER_OTLP_ENDPOINT {
        form: Form::Text("an http or https address", collector),
        example: "http://127.0.0.1:4318",
        help: "The collector that traces are sent to, by OTLP over HTTP, below `/v1/traces`. Unset: none are made.",
        more: "See [traces](operations.md#traces).",
    }
}

/// Without limits there is nothing to set about them.
const OFF: Option<(&str, &str)> = Some(("RATE_LIMIT", "off"));
