//! HTTPS at a proxy before a server: a certificate for the name of the documents, and a client that comes by that name.

use crate::client::{Answer, Client};
use crate::system_programs::find;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The name that the documents use.
pub(crate) const NAME: &str = "auth.example.org";

/// Where the client calls from. The proxies call from 127.0.0.1.
pub(crate) const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// What the documents tell to set.
pub(crate) const SETTINGS: [(&str, &str); 2] = [
    ("PUBLIC_URL", "https://auth.example.org"),
    ("TRUSTED_PROXIES", "127.0.0.1"),
];

/// A certificate of the name that nobody but itself signed, and its key, in a folder.
pub(crate) struct Certificate {
    folder: TempDir,
    text: Vec<u8>,
}

impl Certificate {
    /// `None`, said aloud, where there is no program to make it.
    pub(crate) fn made() -> Option<Self> {
        Self::made_for(NAME)
    }

    /// The same, of another name.
    pub(crate) fn made_for(name: &str) -> Option<Self> {
        let openssl = find("openssl")?;
        let folder = tempfile::tempdir().unwrap();
        let wishes = format!(
            "[req]\ndistinguished_name=dn\nx509_extensions=v3\nprompt=no\n[dn]\nCN={name}\n\
             [v3]\nbasicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:{name}\n"
        );
        std::fs::write(folder.path().join("wishes"), wishes).unwrap();
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let files = ["-keyout", "privkey.pem", "-out", "fullchain.pem"];
        let output = Command::new(openssl)
            .args(["req", "-x509", "-days", "2", "-config", "wishes"])
            .args(key)
            .args(files)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
        let text = read("fullchain.pem");
        let both = [text.clone(), read("privkey.pem")].concat();
        std::fs::write(folder.path().join("haproxy.pem"), both).unwrap();
        Some(Self { folder, text })
    }

    /// Where `fullchain.pem` and `privkey.pem` are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The document's block, with this certificate and these servers in the place of its own.
    pub(crate) fn placed_in(&self, block: &str, servers: [SocketAddr; 2]) -> String {
        let folder = self.folder.path().to_str().unwrap();
        replaced(
            block,
            &[
                ("/etc/portcullis/tls", folder),
                ("127.0.0.1:8000", &servers[0].to_string()),
                ("127.0.0.1:8001", &servers[1].to_string()),
            ],
        )
    }

    /// A client of the proxy at that address.
    pub(crate) fn client_of(&self, proxy: SocketAddr) -> Client {
        Client::over_tls(proxy, CLIENT.into(), NAME, &self.text)
    }
}

/// The text with others in the place of what it must hold.
pub(crate) fn replaced(text: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}: {text}");
        text.replace(from, to)
    })
}

/// Whoever asks by HTTPS shall not come without it again.
#[track_caller]
pub(crate) fn assert_told_to_use_https(answer: &Answer) {
    let told = answer.header("strict-transport-security");
    assert!(told.starts_with("max-age=31536000"), "{answer:?}");
}
