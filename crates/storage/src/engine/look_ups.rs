//! Connections for look-ups: each thread that asks has one of its own, so that none waits for another.

use super::turns::closed;
use crate::connection::AnyConnection;
use portcullis_application::ports::StoreResult;
use std::cell::Cell;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

/// Gives threads their numbers.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The number of this thread; it has the same one in every store.
    static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
}

/// A bounded number of places. Threads beyond it share them.
pub(super) struct LookUps(Box<[Mutex<Place>]>);

#[expect(clippy::large_enum_variant, reason = "a place is open until the program ends")]
enum Place {
    /// With a connection from the first look-up on.
    Open(Option<AnyConnection>),
    Closed,
}

impl LookUps {
    pub(super) fn new(places: usize) -> Self {
        let places = 0..places.max(1);
        Self(places.map(|_| Mutex::new(Place::Open(None))).collect())
    }

    /// Does the work on this thread's connection. Gives it back where another thread is in its place.
    pub(super) fn perform<W>(
        &self,
        work: W,
        connect: impl FnOnce() -> StoreResult<AnyConnection>,
        perform: impl FnOnce(&mut AnyConnection, W) -> StoreResult<()>,
    ) -> StoreResult<Option<W>> {
        let number = NUMBER.with(|number| {
            let own = number.get().unwrap_or_else(|| THREADS.fetch_add(1, Ordering::Relaxed));
            number.set(Some(own));
            own
        });
        let Some(place) = self.0.get(number % self.0.len()) else {
            return Ok(Some(work));
        };
        let mut place = match place.try_lock() {
            Ok(place) => place,
            // Whatever panicked: a unit of work leaves its connection fit for the next one.
            Err(TryLockError::Poisoned(place)) => place.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(Some(work)),
        };
        let connection = match &mut *place {
            Place::Open(Some(connection)) => connection,
            Place::Open(none) => none.insert(connect()?),
            Place::Closed => return Err(closed()),
        };
        perform(connection, work).map(|()| None)
    }

    /// Waits for the look-ups that run, and gives all connections away, to be closed.
    pub(super) fn close(&self) -> Vec<AnyConnection> {
        let close = |place: &Mutex<Place>| {
            let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
            match mem::replace(&mut *place, Place::Closed) {
                Place::Open(connection) => connection,
                Place::Closed => None,
            }
        };
        self.0.iter().filter_map(close).collect()
    }
}
