//! How long the client may take to send what is awaited.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// A timer that is put off with every request: it only notes the later time, and looks at it when it goes off.
pub(super) struct Patience {
    until: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    /// For so long from now.
    pub(super) fn of(time: Duration) -> Self {
        Self {
            until: Instant::now() + time,
            timer: None,
        }
    }

    /// For so long from now, whatever it was before. [`Self::poll_over`] has to be asked afterwards.
    pub(super) fn renew(&mut self, time: Duration) {
        self.until = Instant::now() + time;
    }

    /// Ready when the time is over.
    pub(super) fn poll_over(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let until = self.until;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() > until {
            timer.as_mut().reset(until);
        }
        loop {
            ready!(timer.as_mut().poll(context));
            if Instant::now() >= until {
                return Poll::Ready(());
            }
            timer.as_mut().reset(until);
        }
    }
}
