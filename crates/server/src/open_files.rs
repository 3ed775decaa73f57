//! How many files and connections may be open at once.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the server needs beside its connections: the store, the log, the address of metrics.
const BESIDE_CONNECTIONS: u64 = 1_024;

/// Raises the bound to what so many connections need, as far as the system lets this account. Systems begin with 1024 for the
/// sake of programs that can't count further. Says how many there may be.
pub(crate) fn make_room_for(connections: u64) -> Option<u64> {
    let wanted = connections.saturating_add(BESIDE_CONNECTIONS);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = maximum.map_or(wanted, |most| wanted.min(most));
    let limit = Rlimit {
        current: Some(raised),
        maximum,
    };
    match current {
        Some(present) if present < raised && setrlimit(Resource::Nofile, limit).is_ok() => Some(raised),
        // Enough, no bound at all, or what can't be changed.
        present => present,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_raised_as_far_as_it_may_be_and_never_lowered() {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let (Some(current), Some(most)) = (current, maximum) else {
            return;
        };
        assert!(make_room_for(0) >= Some(current.min(BESIDE_CONNECTIONS)));
        assert_eq!(make_room_for(u64::MAX), Some(most));
        assert_eq!(getrlimit(Resource::Nofile).current, Some(most));
        assert_eq!(make_room_for(0), Some(most));
    }
}
