//! The fenced blocks of the documents that a newcomer copies from, each with what holds it true.

use Held::{By, Nothing};
use std::path::Path;

/// The documents that are held so.
const PAGES: [&str; 6] = [
    "README.md",
    "docs/quick-start.md",
    "docs/configuration.md",
    "docs/operations.md",
    "docs/verifying.md",
    "docs/clients.md",
];

/// What holds a block true.
#[derive(Clone, Copy)]
pub(crate) enum Held {
    /// The test of that name, which runs it.
    By(&'static str),
    /// Nothing here, for that reason.
    Nothing(&'static str),
}

const SESSION_OF_README: Held = By("the_session_of_the_readme_works");
const SESSION_OF_QUICK_START: Held = By("the_session_of_the_quick_start_works");
const PRODUCTION: Held = By("the_six_lines_of_production_start_a_server");
const START: Held = Nothing("it builds the server; the tests run what was built");
const DOCKER: Held = Nothing("it needs Docker");
const SYSTEM: Held = Nothing("it changes users, packages or services of the machine");
const PACKAGES: Held = Nothing("the tests install the same packages by a lock file");
const GO: Held = Nothing("Debian's Go takes 450 MB and is of 2022: this is built and run by hand when it changes");
const COMMANDS: Held = By("the_commands_of_the_clients_are_taken");
const STEPS: Held = Nothing("the whole sign-in by curl has the same lines, and is run");
const NODE: Held = By("the_service_in_node_follows_the_server");
const PYTHON: Held = By("the_service_in_python_follows_the_server");

/// Every block: its document, its language, what its first line begins with, and what holds it true.
const BLOCKS: &[(&str, &str, &str, Held)] = &[
    ("README.md", "mermaid", "flowchart LR", Nothing("it is a picture")),
    ("README.md", "sh", "cargo run --release", START),
    ("README.md", "sh", "scripts/test", Nothing("it runs this test")),
    ("README.md", "sh", "URL=", SESSION_OF_README),
    ("README.md", "dotenv", "PUBLIC_URL=", PRODUCTION),
    ("docs/quick-start.md", "sh", "cargo run --release", START),
    (
        "docs/quick-start.md",
        "sh",
        "PUBLIC_URL=http://localhost:8000 cargo run",
        START,
    ),
    (
        "docs/quick-start.md",
        "text",
        "Portcullis 0.1.0 listens on",
        By("the_server_says_where_it_listens_as_the_quick_start_shows"),
    ),
    (
        "docs/quick-start.md",
        "sh",
        "[ -e .env ] || (umask 077; printf",
        By("the_secrets_for_docker_are_good_ones"),
    ),
    ("docs/quick-start.md", "sh", "docker compose up", DOCKER),
    ("docs/quick-start.md", "sh", "URL=", SESSION_OF_QUICK_START),
    (
        "docs/quick-start.md",
        "sh",
        "TOKENS=$(curl -s $URL/auth/login",
        SESSION_OF_QUICK_START,
    ),
    (
        "docs/quick-start.md",
        "sh",
        "curl -s $URL/users/me",
        SESSION_OF_QUICK_START,
    ),
    (
        "docs/quick-start.md",
        "sh",
        "curl -s -X PUT $URL/users/me",
        SESSION_OF_QUICK_START,
    ),
    (
        "docs/quick-start.md",
        "sh",
        "TOKENS=$(curl -s $URL/auth/refresh",
        SESSION_OF_QUICK_START,
    ),
    (
        "docs/quick-start.md",
        "sh",
        "curl -s $URL/auth/logout",
        SESSION_OF_QUICK_START,
    ),
    (
        "docs/quick-start.md",
        "sh",
        "printf 'correct horse battery' | target/",
        By("the_administrator_of_the_quick_start_signs_in"),
    ),
    (
        "docs/quick-start.md",
        "sh",
        "printf 'correct horse battery' | docker",
        DOCKER,
    ),
    ("docs/configuration.md", "dotenv", "PUBLIC_URL=", PRODUCTION),
    ("docs/configuration.md", "sh", "(umask 077; openssl rand", PRODUCTION),
    (
        "docs/configuration.md",
        "text",
        "portcullis: PORT:",
        By("a_start_refuses_as_the_document_shows"),
    ),
    ("docs/operations.md", "sh", "cargo build --release", SYSTEM),
    ("docs/operations.md", "sh", "sudo -u postgres createuser", SYSTEM),
    ("docs/operations.md", "sh", "openssl rand", SYSTEM),
    ("docs/operations.md", "sh", "sudo install -m 0600", SYSTEM),
    (
        "docs/operations.md",
        "ini",
        "[Unit]",
        Nothing("it needs systemd as the machine's first process"),
    ),
    ("docs/operations.md", "sh", "sudo systemctl enable", SYSTEM),
    (
        "docs/operations.md",
        "nginx",
        "upstream portcullis",
        By("behind_nginx_two_replicas_serve_as_one"),
    ),
    (
        "docs/operations.md",
        "caddyfile",
        "auth.example.org {",
        By("behind_caddy_two_replicas_serve_as_one"),
    ),
    (
        "docs/operations.md",
        "haproxy",
        "defaults",
        By("haproxy_sends_nothing_to_a_server_that_is_not_ready_or_stops"),
    ),
    (
        "docs/operations.md",
        "caddyfile",
        "{",
        By("behind_two_proxies_in_a_row_everything_shows_the_clients_own_address"),
    ),
    (
        "docs/operations.md",
        "nginx",
        "server {",
        By("under_a_path_that_nginx_takes_away_every_link_leads_somewhere"),
    ),
    (
        "docs/operations.md",
        "text",
        "2026-12-02T",
        Nothing("tests of the log hold both forms of a line, by other values"),
    ),
    (
        "docs/operations.md",
        "json",
        "{\"timestamp\"",
        Nothing("tests of the log hold both forms of a line, by other values"),
    ),
    (
        "docs/operations.md",
        "yaml",
        "scrape_configs:",
        By("promtool_takes_the_configuration_that_the_document_shows"),
    ),
    ("docs/verifying.md", "dotenv", "ALGORITHM=EdDSA", NODE),
    ("docs/verifying.md", "sh", "ALGORITHM=EdDSA cargo run", START),
    (
        "docs/verifying.md",
        "sh",
        "curl -si http://127.0.0.1:8080/greeting",
        NODE,
    ),
    (
        "docs/verifying.md",
        "sh",
        "TOKENS=",
        Nothing("the session of the quick start has the same lines"),
    ),
    (
        "docs/verifying.md",
        "toml",
        "[dependencies]",
        Nothing("the path is the reader's own"),
    ),
    ("docs/verifying.md", "sh", "npm install jose", PACKAGES),
    ("docs/verifying.md", "js", "import { createServer }", NODE),
    (
        "docs/verifying.md",
        "js",
        "import { createHash }",
        By("the_api_in_node_follows_the_provider"),
    ),
    ("docs/verifying.md", "sh", "python3 -m venv", PACKAGES),
    ("docs/verifying.md", "py", "import json", PYTHON),
    ("docs/verifying.md", "sh", "go mod init", GO),
    ("docs/verifying.md", "go", "package main", GO),
    (
        "docs/verifying.md",
        "rust",
        "use portcullis_verifier::{",
        By("the_lines_in_rust_are_those_that_are_compiled"),
    ),
    (
        "docs/verifying.md",
        "rust",
        "use portcullis_verifier::actix::{AccessToken",
        By("the_lines_in_rust_are_those_that_are_compiled"),
    ),
    (
        "docs/verifying.md",
        "sh",
        "cargo run -p verifying-service",
        Nothing("the tests run what it builds"),
    ),
    (
        "docs/verifying.md",
        "rust",
        "let verifier = Verifier::builder(\"https://auth.example.org\").build_for_resource",
        Nothing("the example service is built by the same call, and is run"),
    ),
    (
        "docs/verifying.md",
        "rust",
        "use portcullis_verifier::actix::{ClientToken",
        By("the_lines_in_rust_are_those_that_are_compiled"),
    ),
    (
        "docs/verifying.md",
        "http",
        "GET /revocations",
        Nothing("it shows what goes over the wire"),
    ),
    ("docs/clients.md", "sh", "portcullis client create --id shop", COMMANDS),
    (
        "docs/clients.md",
        "sh",
        "URL=http://127.0.0.1:8000",
        By("the_sign_in_of_the_clients_works"),
    ),
    (
        "docs/clients.md",
        "text",
        "https://auth.example.com/oauth2/authorize",
        STEPS,
    ),
    (
        "docs/clients.md",
        "sh",
        "curl -u shop:SECRET https://auth.example.com/oauth2/token \\",
        STEPS,
    ),
    ("docs/clients.md", "sh", "curl -H 'Authorization: Bearer", STEPS),
    ("docs/clients.md", "json", "{\"sub\"", STEPS),
    (
        "docs/clients.md",
        "sh",
        "curl -u shop:SECRET https://auth.example.com/oauth2/token -d grant_type=refresh_token",
        STEPS,
    ),
    ("docs/clients.md", "sh", "portcullis client check", COMMANDS),
    ("docs/clients.md", "sh", "portcullis client secret add", COMMANDS),
    ("docs/clients.md", "sh", "portcullis client change", COMMANDS),
    ("docs/clients.md", "sh", "portcullis resource create", COMMANDS),
    (
        "docs/clients.md",
        "sh",
        "curl -s https://auth.example.com/oauth2/token -u 'worker",
        STEPS,
    ),
    ("docs/clients.md", "json", "{\"access_token\"", STEPS),
    ("docs/clients.md", "toml", "[[resource]]", COMMANDS),
    ("docs/clients.md", "text", "~ client shop changed", COMMANDS),
];

/// A fenced block.
struct Block {
    language: String,
    text: String,
}

/// The text of a document of the repository.
pub(crate) fn document(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn blocks(page: &str) -> Vec<Block> {
    let text = document(page);
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            let lines = lines.by_ref().take_while(|line| line.trim_start() != "```");
            let text = lines.flat_map(|line| [line, "\n"]).collect();
            let language = language.to_owned();
            blocks.push(Block { language, text });
        }
    }
    blocks
}

/// The one block of a document in that language that begins so.
pub(crate) fn block(page: &str, language: &str, beginning: &str) -> String {
    let mut blocks = blocks(page);
    blocks.retain(|block| block.language == language && block.text.starts_with(beginning));
    assert_eq!(blocks.len(), 1, "{page} has one such block: {beginning}");
    blocks.remove(0).text
}

/// The blocks of a document that this test runs, in one piece.
pub(crate) fn blocks_of(page: &str, test: &str) -> String {
    let of_test = |block: &Block| {
        let mut rows = BLOCKS.iter().filter(|row| is_of(row, page, block));
        rows.any(|row| matches!(row.3, By(name) if name == test))
    };
    blocks(page)
        .into_iter()
        .filter(of_test)
        .map(|block| block.text)
        .collect()
}

fn is_of((on, language, beginning, _): &(&str, &str, &str, Held), page: &str, block: &Block) -> bool {
    *on == page && *language == block.language && block.text.starts_with(beginning)
}

#[test]
fn every_block_of_the_documents_is_run_or_the_list_says_why_not() {
    let mut found = vec![0; BLOCKS.len()];
    for page in PAGES {
        for block in blocks(page) {
            let row = BLOCKS.iter().position(|row| is_of(row, page, &block));
            let row = row.unwrap_or_else(|| panic!("{page} has a block that the list lacks:\n{}", block.text));
            found[row] += 1;
        }
        // One that is indented instead of fenced would escape the list.
        let text = document(page);
        let mut lines = text.lines().zip(text.lines().skip(1));
        let is_fenceless = |line: &str| line.starts_with("    ") && !line.trim_start().starts_with(['-', '*']);
        let indented = lines.find(|(before, line)| before.is_empty() && is_fenceless(line) && !is_fenced(&text, line));
        assert!(indented.is_none(), "{page} has a block without a fence: {indented:?}");
    }
    for (row, count) in BLOCKS.iter().zip(found) {
        assert_eq!(count, 1, "{} has one block that begins with {:?}", row.0, row.2);
    }
}

fn is_fenced(text: &str, line: &str) -> bool {
    text.split("```").skip(1).step_by(2).any(|block| block.contains(line))
}

#[test]
fn every_test_of_the_list_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("black_box");
    let sources: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    for (page, _, beginning, held) in BLOCKS {
        match held {
            By(test) => assert!(sources.contains(&format!("fn {test}(")), "{test} is no test"),
            Nothing(reason) => assert!(!reason.is_empty(), "{page}: {beginning}"),
        }
    }
}
