//! The `portcullis` binary with a place where a test has it die; see the library's `failpoints`.

use std::process::ExitCode;

fn main() -> ExitCode {
    portcullis_server::cli::run()
}
