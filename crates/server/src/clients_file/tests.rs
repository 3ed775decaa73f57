//! What is read of the file, and which line is told.

use super::*;
use tempfile::TempDir;

fn read(text: &str) -> (TempDir, anyhow::Result<ClientsFileText>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clients.toml");
    fs::write(&path, text).unwrap();
    let read = ClientsFileText::read(&path);
    (folder, read)
}

fn refused(text: &str) -> String {
    let (folder, read) = read(text);
    let error = format!("{:#}", read.err().unwrap());
    error.replace(folder.path().to_str().unwrap(), "")
}

#[test]
fn clients_resources_and_secrets_are_read() {
    let secret = "0123456789abcdef0123456789abcdef";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, format!("{secret}\n")).unwrap();
    let sha256 = "00".repeat(32);
    let text = format!(
        "[[resource]]\nuri = \"https://api.example.com\"\nscopes = [\"read\", {{ name = \"write\", is_default = true }}]\n\n\
         [[client]]\nid = \"shop\"\nkind = \"web\"\nredirect_uris = [\"https://shop.example.com/cb\"]\nenabled = true\n\
         id_token_seconds = 60\nsecret_sha256 = \"{sha256}\"\nsecret_file = {file:?}\n"
    );
    let (_folder, read) = read(&text);
    let content = read.unwrap().content;
    let shop = &content.clients[0];
    assert_eq!(
        shop.secrets,
        [
            Digest32::ZERO,
            DigestedClientSecrets.digest(&SecretText::new(secret.to_owned()))
        ]
    );
    assert_eq!(shop.written["redirect_uris"][0], "https://shop.example.com/cb");
    assert_eq!(
        (&shop.written["enabled"], &shop.written["id_token_seconds"]),
        (&true.into(), &60.into())
    );
    assert_eq!(content.resources[0].written["scopes"][1]["name"], "write");
}

#[test]
fn what_is_wrong_is_told_by_line_and_key() {
    for (text, line) in [
        ("[[client]]\nid = \"a\"\nkind = web\n", "/clients.toml line 3: "),
        (
            "[[clients]]\nid = \"a\"\n",
            "/clients.toml line 1, clients: there is no such key; did you mean client?",
        ),
        (
            "\n[[client]]\nid = \"a\"\nredirect_uri = []\n",
            "/clients.toml line 4, redirect_uri: there is no such key; did you mean redirect_uris?",
        ),
        (
            "[[client]]\nkind = \"web\"\n",
            "/clients.toml line 1, id: a client has an id",
        ),
        (
            "[[client]]\nid = \"a\"\n[[client]]\nkind = \"web\"\nid = \"a\"\n",
            "/clients.toml line 5, id: another table of the file has this id",
        ),
        (
            "[[client]]\nid = \"a\"\nsecret_sha256 = \"ab\"\n",
            "/clients.toml line 3, secret_sha256: this is the SHA-256",
        ),
        (
            "[[client]]\nid = \"a\"\nsecret_env = \"NO_SUCH_NAME\"\n",
            "/clients.toml line 3, secret_env: the environment has no variable of this name",
        ),
        (
            "[[client]]\nid = \"a\"\nsecret_file = \"/no/such\"\n",
            "/clients.toml line 3, secret_file: the file that it names can't be read",
        ),
        (
            "[[resource]]\nuri = \"/api\"\n",
            "/clients.toml line 2, uri: a resource is an absolute URI",
        ),
        (
            "[[resource]]\nuri = \"urn:a\"\nscope = 1\n",
            "/clients.toml line 3, scope: there is no such key; did you mean scopes?",
        ),
    ] {
        let told = refused(text);
        assert!(told.starts_with(line), "{told}");
    }
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    const SECRET: &str = "6f1e0c9b4a27019338a17c007a3b8d52";
    for text in [
        format!("client = \"{SECRET}\"\n"),
        format!("client = [\"{SECRET}\"]\n"),
        format!("[client]\nid = \"{SECRET}\"\n"),
        format!("[[client]]\nid = \"a\"\nsecret_sha256 = {SECRET}\n"),
        format!("[[client]]\nid = \"a\"\nsecret_sha256 = \"{SECRET}\"\n"),
        format!("[[client]]\nid = \"a\"\nsecret_env = \"{SECRET}\"\n"),
        format!("[[client]]\nid = \"a\"\nsecret_env = {SECRET}\n"),
        format!("[[client]]\nid = \"a\"\nsecret_file = \"{SECRET}\"\n"),
        format!("[[client]]\nid = \"a\"\nsecret_file = [[\"{SECRET}\"]]\n"),
    ] {
        let told = refused(&text);
        assert!(!told.contains(SECRET), "{told}");
        assert!(told.contains("/clients.toml line "), "{told}");
    }
}

#[test]
fn a_file_without_an_end_is_refused() {
    let refused = ClientsFileText::read(Path::new("/dev/zero")).err().unwrap();
    assert!(
        format!("{refused:#}").ends_with("longer than 16777216 bytes"),
        "{refused:#}"
    );
}

#[test]
fn a_fault_of_the_rules_is_told_where_it_stands() {
    let (_folder, read) = read("[[client]]\nid = \"a\"\n\n[[client]]\nid = \"b\"\nkind = \"web\"\nscopes = [\"x\"]\n");
    let file = read.unwrap();
    let fault = portcullis_domain::Fault::of("scopes", "x", "unknown_scope", "there is no such scope");
    let told = file.told(ApplyError::Invalid {
        entry: Entry::Client(1),
        faults: vec![fault],
    });
    assert!(
        told.to_string()
            .ends_with("line 7, scopes: \"x\": there is no such scope"),
        "{told}"
    );
}
