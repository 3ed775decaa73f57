//! What a database URL may say, and what is never said of it.

use portcullis_storage::{DatabaseKind, DatabaseUrl, DatabaseUrlError};
use std::path::PathBuf;

fn refusal_of(text: &str) -> DatabaseUrlError {
    DatabaseUrl::parse(text).unwrap_err()
}

#[test]
fn three_slashes_are_a_relative_path_and_four_an_absolute_one() {
    let file = |text: &str| DatabaseUrl::parse(text).unwrap().to_string();
    assert_eq!(file("sqlite:///./test.db"), "./test.db");
    assert_eq!(file("sqlite:///test.db"), "test.db");
    assert_eq!(file("sqlite:////var/lib/test.db"), "/var/lib/test.db");
    assert_eq!(file(" sqlite:///test.db\n"), "test.db");
}

#[test]
fn a_url_is_of_the_kind_that_its_scheme_says() {
    let kind = |text: &str| DatabaseUrl::parse(text).unwrap().kind();
    assert_eq!(kind("sqlite:///test.db"), DatabaseKind::Sqlite);
    assert_eq!(kind("postgres://u:p@localhost/db"), DatabaseKind::Postgres);
    assert_eq!(kind("postgresql://u:p@localhost:5433/db"), DatabaseKind::Postgres);
    assert_eq!(
        DatabaseUrl::sqlite_file(PathBuf::from("x")).kind(),
        DatabaseKind::Sqlite
    );
}

#[test]
fn other_schemes_are_refused() {
    for text in [
        "",
        "test.db",
        "mysql://u:p@localhost/db",
        "file:test.db",
        "http://localhost/",
    ] {
        assert_eq!(refusal_of(text), DatabaseUrlError::Scheme, "{text}");
    }
}

#[test]
fn a_sqlite_url_must_name_one_file_and_nothing_else() {
    for text in [
        "sqlite://test.db",
        "sqlite:test.db",
        "sqlite:///data/",
        "sqlite:///test.db?mode=ro",
    ] {
        assert_eq!(refusal_of(text), DatabaseUrlError::SqlitePath, "{text}");
    }
    for text in ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://:memory:"] {
        assert_eq!(refusal_of(text), DatabaseUrlError::InMemory, "{text}");
    }
}

#[test]
fn the_modes_of_tls_are_those_of_libpq() {
    for mode in ["disable", "prefer", "require", "verify-ca", "verify-full"] {
        DatabaseUrl::parse(&format!("postgres://u:p@localhost/db?sslmode={mode}")).unwrap();
    }
    assert_eq!(
        refusal_of("postgres://u:p@localhost/db?sslmode=on"),
        DatabaseUrlError::SslMode
    );
}

#[test]
fn a_certificate_file_and_the_driver_s_parameters_are_taken() {
    DatabaseUrl::parse(
        "postgres://u:p@localhost/db?sslrootcert=%2Fetc%2Fca.pem&connect_timeout=3&sslmode=verify-full&keepalives=1",
    )
    .unwrap();
}

#[test]
fn a_parameter_that_is_not_understood_is_named_with_the_one_that_was_meant() {
    let refusal = |query: &str| refusal_of(&format!("postgres://u:p@localhost/db?{query}")).to_string();
    for (query, texts) in [
        ("ssl_mode=require", ["ssl_mode", "did you mean sslmode?"]),
        ("sslrootcrt=/ca.pem", ["sslrootcrt", "did you mean sslrootcert?"]),
        (
            "Connect_Timeout=3",
            ["Connect_Timeout", "did you mean connect_timeout?"],
        ),
        ("pool_max_conns=3", ["pool_max_conns, which is not known;", "sslmode"]),
        ("sslkey=/etc/key.pem", ["sslkey, which libpq knows", "leave it out"]),
        (
            "sslnegotiation=direct",
            ["sslnegotiation, which libpq knows", "leave it out"],
        ),
        (
            "connect_timeout=soon",
            ["connect_timeout", "a value that it does not take"],
        ),
        (
            "target_session_attrs=primary",
            ["target_session_attrs", "a value that it does not take"],
        ),
    ] {
        let said = refusal(query);
        assert!(texts.iter().all(|text| said.contains(text)), "{query}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    for query in ["sslmode", "=require", "hunter2=x", "a%20b=c"] {
        assert_eq!(
            refusal_of(&format!("postgres://u:p@localhost/db?{query}")),
            DatabaseUrlError::Parameter,
            "{query}"
        );
    }
}

#[test]
fn a_parameter_that_is_repeated_is_refused_by_its_name() {
    for (query, name) in [
        ("sslmode=verify-full&sslmode=disable", "sslmode"),
        ("sslmode=disable&user=a&sslmode=disable", "sslmode"),
        ("sslrootcert=a.pem&sslrootcert=b.pem", "sslrootcert"),
        ("host=a.example&host=b.example", "host"),
        (
            "target_session_attrs=any&target_session_attrs=any",
            "target_session_attrs",
        ),
    ] {
        let said = refusal_of(&format!("postgres://u:p@localhost/db?{query}")).to_string();
        assert!(said.contains(&format!("parameter {name} more than once")), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_fragment_is_refused() {
    for text in [
        "postgres://u:p@localhost/db#frag",
        "postgres://u:p@localhost#frag",
        "postgres://u:p@localhost/db#?sslmode=require",
        "postgres://u:p@localhost/db?sslmode=require#frag",
        "postgres://u:p@localhost/db?user=a#frag",
    ] {
        assert_eq!(refusal_of(text), DatabaseUrlError::Fragment, "{text}");
    }
    let encoded = DatabaseUrl::parse("postgres://u:p%23w@localhost/db%23frag?options=a%23b").unwrap();
    assert_eq!(encoded.to_string(), "postgres://localhost:5432/db#frag");
}

#[test]
fn an_address_without_a_host_or_with_a_bad_port_is_refused() {
    assert_eq!(refusal_of("postgres:///db"), DatabaseUrlError::Postgres);
    assert_eq!(
        refusal_of("postgres://u:p@localhost:http/db"),
        DatabaseUrlError::Postgres
    );
}

#[test]
fn a_password_is_never_printed() {
    let url = DatabaseUrl::parse("postgres://user:hunter2@localhost:5433/db?sslmode=require").unwrap();
    assert_eq!(url.to_string(), "postgres://localhost:5433/db");
    assert_eq!(format!("{url:?}"), "DatabaseUrl(postgres://localhost:5433/db)");
    for text in [
        "postgres://user:hunter2@localhost/db?sslmode=hunter2",
        "postgres://user:hunter2@localhost:hunter2/db",
        "postgres://user:hunter2/db?hunter2=hunter2",
        "postgres://user:hunter2?localhost/db",
        "hunter2",
    ] {
        let refusal = refusal_of(text);
        assert!(!format!("{refusal} {refusal:?}").contains("hunter2"), "{text}");
    }
}
