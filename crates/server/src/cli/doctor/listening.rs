//! Where the server listens.

use super::finding::Finding;
use super::who_listens::answers;
use crate::config::Config;
use crate::port::Port;

const SUBJECT: &str = "port";

/// The port may be in use by the server that this looks at.
pub(super) fn look_at(config: &Config) -> Finding {
    let (host, port) = (&config.http.host, config.http.port);
    match Port::is_free(&config.http) {
        Ok(true) => Finding::ok(SUBJECT, format!("{host}:{port} is free")),
        Ok(false) if answers(host, port, "/", "Portcullis is running") => {
            Finding::ok(SUBJECT, format!("a Portcullis that runs answers at {host}:{port}"))
        }
        Ok(false) => Finding::warn(
            SUBJECT,
            format!(
                "{host}:{port} is in use by another program, so a start would be refused; stop that program, or set PORT to \
                 another one"
            ),
        ),
        Err(error) => Finding::fail(SUBJECT, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use crate::config::Environment;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    #[test]
    fn a_port_is_free_or_it_is_told_who_has_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let config = Config::load(&Environment::of(&[("PORT", &port)])).unwrap();
        let answering = std::thread::spawn(move || {
            for text in ["SSH-2.0-OpenSSH", "{\"message\":\"Portcullis is running\"}"] {
                let (mut connection, _) = listener.accept().unwrap();
                let _ = connection.read(&mut [0; 1024]).unwrap();
                connection.write_all(text.as_bytes()).unwrap();
            }
        });
        let found = look_at(&config);
        assert!(
            found.grade == Grade::Warn && found.text.contains("another program"),
            "{found}"
        );
        let found = look_at(&config);
        assert!(found.grade == Grade::Ok && found.text.contains("answers at"), "{found}");
        answering.join().unwrap();
        assert!(look_at(&config).text.ends_with(" is free"));
    }
}
