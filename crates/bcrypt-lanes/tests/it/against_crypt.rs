//! The same hashes as the C library's `crypt(3)`, where there is a C compiler and a `crypt` that knows bcrypt.

use crate::chance::Chance;
use std::{
    fmt::Write as _,
    fs,
    io::{ErrorKind, Write as _},
    process::{Command, Stdio},
};

/// Reads lines of a setting and a password in hexadecimal digits, writes a hash for each.
const PROGRAM: &str = r#"
#include <crypt.h>
#include <stdio.h>

int main(void) {
    char setting[64], digits[256], password[128];
    while (scanf("%63s %255s", setting, digits) == 2) {
        int length = 0;
        unsigned byte;
        while (sscanf(digits + 1 + 2 * length, "%2x", &byte) == 1) password[length++] = (char)byte;
        password[length] = 0;
        char *hash = crypt(password, setting);
        puts(hash ? hash : "none");
    }
    return 0;
}
"#;

/// Compiles [`PROGRAM`] in `folder`, or says why it can't.
fn compile(folder: &std::path::Path) -> Result<std::path::PathBuf, String> {
    let source = folder.join("crypt.c");
    let program = folder.join("crypt");
    fs::write(&source, PROGRAM).unwrap();
    let compiled = match Command::new("cc")
        .arg(&source)
        .arg("-o")
        .arg(&program)
        .arg("-lcrypt")
        .output()
    {
        Ok(compiled) => compiled,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err("there is no C compiler".to_owned()),
        Err(error) => panic!("cc: {error}"),
    };
    if compiled.status.success() {
        return Ok(program);
    }
    let reason = String::from_utf8_lossy(&compiled.stderr).into_owned();
    assert!(std::env::var_os("CI").is_none(), "{reason}");
    Err(reason)
}

#[test]
fn passwords_hash_as_with_crypt() {
    let folder = tempfile::tempdir().unwrap();
    let program = match compile(folder.path()) {
        Ok(program) => program,
        Err(reason) => return println!("skipped: {reason}"),
    };

    let mut chance = Chance::from_seed(8);
    let mut questions = String::new();
    let mut expected = Vec::new();
    for length in 0..=80 {
        for (cost, prefix) in [(4, "2b"), (4, "2y"), (5, "2b")] {
            let password = chance.password_without_nul(length);
            let hash = crate::hash(cost, &password, &chance.salt()).replacen("2b", prefix, 1);
            write!(questions, "{} -", &hash[..29]).unwrap();
            for byte in password {
                write!(questions, "{byte:02x}").unwrap();
            }
            questions.push('\n');
            expected.push(hash);
        }
    }
    let mut running = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = running.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(questions.as_bytes()).unwrap());
    let answers = running.wait_with_output().unwrap();
    writer.join().unwrap();

    let answers = String::from_utf8(answers.stdout).unwrap();
    assert_eq!(answers.lines().collect::<Vec<_>>(), expected);
}
