//! A clock that is set back or forward for one process, by the library of the program `faketime`.

use std::path::PathBuf;

/// The settings of a process that has another time.
pub(crate) struct FakeTime {
    library: String,
    shift: &'static str,
}

/// Another time, as `faketime` writes it: `-400d` is four hundred days ago. `None`, said aloud, where the library is
/// not installed; with `CI` set that fails the test.
pub(crate) fn fake_time(shift: &'static str) -> Option<FakeTime> {
    let Some(library) = library() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "the program faketime must be installed where CI is"
        );
        eprintln!("skipped: the program faketime is not installed");
        return None;
    };
    Some(FakeTime { library, shift })
}

fn library() -> Option<String> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    let mut candidates = folders
        .filter_map(Result::ok)
        .map(|folder| folder.path())
        .chain([PathBuf::from("/usr/lib")]);
    let found = candidates.find_map(|folder| {
        let file = folder.join("faketime/libfaketimeMT.so.1");
        file.exists().then_some(file)
    });
    Some(found?.to_str()?.to_owned())
}

impl FakeTime {
    /// What gives a process that time.
    pub(crate) fn settings(&self) -> [(&str, &str); 2] {
        [("LD_PRELOAD", &self.library), ("FAKETIME", self.shift)]
    }

    /// What gives it the time of the machine again.
    pub(crate) fn no_settings(&self) -> [(&str, &str); 2] {
        self.settings().map(|(name, _)| (name, ""))
    }
}
