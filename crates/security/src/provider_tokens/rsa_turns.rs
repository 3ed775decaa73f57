//! Signatures that take long, one behind the other.

use anyhow::Context as _;
use portcullis_application::ports::SignatureError;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use tokio::sync::Semaphore;

/// How many wait for each that is made: at half a millisecond each, the last of them waits for a tenth of a second.
const WAITING_FOR_EACH: usize = 200;

/// As many signatures are made at once as the machine has cores; a bounded number waits behind them. A clone shares them.
#[derive(Debug, Clone)]
pub struct RsaTurns {
    /// Places for those who are at it and those who wait.
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Default for RsaTurns {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self::of(cores, cores * (1 + WAITING_FOR_EACH))
    }
}

impl RsaTurns {
    fn of(turns: usize, places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            turns: Arc::new(Semaphore::new(turns)),
        }
    }

    /// Does the work on a thread that may block, once it is its turn.
    pub(super) async fn take(
        &self,
        work: impl FnOnce() -> anyhow::Result<String> + Send + 'static,
    ) -> Result<String, SignatureError> {
        let _place = self.places.try_acquire().map_err(|_| SignatureError::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.context("waiting for a turn to sign")?;
        // Whoever asked may go away: the turn goes on until the signature is made.
        let made = tokio::task::spawn_blocking(move || {
            let signed = work();
            drop(turn);
            signed
        });
        Ok(made.await.context("the thread that signs")??)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn who_finds_no_place_is_told_at_once_and_the_others_are_served() {
        let turns = RsaTurns::of(1, 2);
        let (let_begin, may_begin) = mpsc::channel::<()>();
        let slow = turns.take(move || {
            may_begin.recv()?;
            Ok("slow".to_owned())
        });
        let (mut slow, mut waiting) = (Box::pin(slow), Box::pin(turns.take(|| Ok("waiting".to_owned()))));
        tokio::select! {
            biased;
            _ = &mut slow => panic!("nobody let it begin"),
            _ = &mut waiting => panic!("it is not its turn"),
            refused = turns.take(|| Ok(String::new())) => assert!(matches!(refused, Err(SignatureError::Busy))),
        }
        let_begin.send(()).unwrap();
        assert_eq!(slow.await.unwrap(), "slow");
        assert_eq!(waiting.await.unwrap(), "waiting");
    }
}
