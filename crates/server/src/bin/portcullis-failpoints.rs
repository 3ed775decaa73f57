//! The `portcullis` binary with places where a test has it die; see the library's `failpoints`.

use std::process::ExitCode;

fn main() -> ExitCode {
    portcullis_server::cli::run()
}
