//! Files that are read whole, up to a length: a path that somebody names may lead anywhere.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The text of a file of at most that many bytes.
///
/// # Errors
/// It can't be read, is no UTF-8, or is longer.
pub(crate) fn read(path: &Path, most_bytes: usize) -> io::Result<String> {
    let most = u64::try_from(most_bytes).unwrap_or(u64::MAX);
    let mut text = String::new();
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_string(&mut text)?;
    if text.len() > most_bytes {
        return Err(io::Error::other(format!("it is longer than {most_bytes} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_longer_is_not_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(read(&path, 3).unwrap(), "abc");
        assert_eq!(read(&path, 2).unwrap_err().to_string(), "it is longer than 2 bytes");
        assert!(read(Path::new("/dev/zero"), 1000).is_err());
        assert!(read(folder.path(), 1000).is_err());
    }
}
