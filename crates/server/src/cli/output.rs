//! Standard output, which holds a command's result alone.

use anyhow::Error;
use std::io::{self, ErrorKind, Write};

/// Prints a result as it is.
pub(super) fn print(result: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(result.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Prints results, one a line.
pub(super) fn print_lines(results: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let mut text = String::new();
    for result in results {
        text.push_str(&result);
        text.push('\n');
    }
    print(&text)
}

/// Whether nobody reads standard output any more, as with `portcullis user list | head -1`.
pub(super) fn is_closed(error: &Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
}
