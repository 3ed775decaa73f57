//! How often something may happen.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The most that a rate may let happen at once.
const MOST: u32 = 1_000_000;

/// The shortest time after which a rate lets one more happen.
const SHORTEST: Duration = Duration::from_millis(1);

/// The longest period of a rate.
const LONGEST: Duration = Duration::from_hours(24);

/// So many times at once, and then one more each time that its share of the period has passed: of `10/15m` ten, and then
/// one every 90 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    most: u32,
    period: Duration,
}

/// A text that is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// It is written otherwise.
    #[error("is not written as 10/15m: how often, a slash, and a time in s, m or h")]
    Form,
    /// It lets too much happen, or nothing.
    #[error("must let something happen from once to {MOST} times")]
    Often,
    /// One more may happen sooner than anything counts.
    #[error("must let no more than 1000 things happen a second; RATE_LIMIT=off is for no limit at all")]
    Fast,
    /// Its period is too long, or no time at all.
    #[error("must have a time from 1s to 24h")]
    Period,
}

impl Rate {
    /// So many times in that period. Nothing at all counts as once, and no time as a second.
    #[must_use]
    pub const fn new(most: u32, period: Duration) -> Self {
        Self {
            most: if most == 0 { 1 } else { most },
            period: if period.is_zero() {
                Duration::from_secs(1)
            } else {
                period
            },
        }
    }

    /// How often at once.
    #[must_use]
    pub const fn most(&self) -> u32 {
        self.most
    }

    /// In which time all of it comes back.
    #[must_use]
    pub const fn period(&self) -> Duration {
        self.period
    }

    /// After which time one more may happen: what each time costs.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.period / self.most
    }

    /// The same period, so many times as often.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self::new(self.most.saturating_mul(factor), self.period)
    }

    /// How long to wait until it may happen once more, where what happened before costs `cost` still. Each time costs an
    /// [interval](Self::interval), and the cost goes down as time passes. `None` where it may happen now.
    #[must_use]
    pub fn wait_at(&self, cost: Duration) -> Option<Duration> {
        let interval = self.interval();
        let beyond = (cost + interval).saturating_sub(interval * self.most);
        (!beyond.is_zero()).then_some(beyond)
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (most, period) = text.split_once('/').ok_or(RateError::Form)?;
        let (count, unit) = period
            .split_at_checked(period.len().saturating_sub(1))
            .ok_or(RateError::Form)?;
        let seconds_of_unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            _ => return Err(RateError::Form),
        };
        let most = whole_number(most).ok_or(RateError::Form)?;
        let count = whole_number(count).ok_or(RateError::Form)?;
        let most = u32::try_from(most)
            .ok()
            .filter(|most| (1..=MOST).contains(most))
            .ok_or(RateError::Often)?;
        let period = Duration::from_secs(count.saturating_mul(seconds_of_unit));
        if period.is_zero() || period > LONGEST {
            return Err(RateError::Period);
        }
        let rate = Self::new(most, period);
        if rate.interval() < SHORTEST {
            return Err(RateError::Fast);
        }
        Ok(rate)
    }
}

/// Digits alone: a sign is none.
fn whole_number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.period.as_secs();
        let (count, unit) = match seconds {
            hours if hours.is_multiple_of(3600) => (hours / 3600, 'h'),
            minutes if minutes.is_multiple_of(60) => (minutes / 60, 'm'),
            seconds => (seconds, 's'),
        };
        write!(out, "{}/{count}{unit}", self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_a_time() {
        let ten = Rate::new(10, Duration::from_mins(15));
        assert_eq!("10/15m".parse(), Ok(ten));
        assert_eq!("10/900s".parse(), Ok(ten));
        assert_eq!("20/1h".parse(), Ok(Rate::new(20, Duration::from_hours(1))));
        assert_eq!(ten.to_string(), "10/15m");
        assert_eq!(ten.times(10).to_string(), "100/15m");
        assert_eq!(ten.interval(), Duration::from_secs(90));
    }

    #[test]
    fn what_is_no_rate_is_refused_with_the_reason() {
        for text in [
            "", "10", "/", "10/", "/15m", "10/15", "10/m", "10/15d", "10 / 15m", "-1/15m", "+1/15m", "10/15m ",
            "1e3/1m", "10/15ä", "ten/15m",
        ] {
            assert_eq!(text.parse::<Rate>(), Err(RateError::Form), "{text:?}");
        }
        for text in ["0/15m", "1000001/15m", "99999999999/1m"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError::Often), "{text:?}");
        }
        for text in ["1001/1s", "1000000/1m"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError::Fast), "{text:?}");
        }
        assert!("1000/1s".parse::<Rate>().is_ok());
        for text in ["1/0s", "1/25h", "1/1441m", "1/18446744073709551615h"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError::Period), "{text:?}");
        }
    }

    #[test]
    fn ten_may_happen_at_once_and_then_one_every_ninety_seconds() {
        let rate = Rate::new(10, Duration::from_mins(15));
        let interval = Duration::from_secs(90);
        for happened in 0..10 {
            assert_eq!(rate.wait_at(interval * happened), None, "{happened}");
        }
        assert_eq!(rate.wait_at(interval * 10), Some(interval));
        assert_eq!(
            rate.wait_at(interval * 9 + Duration::from_secs(1)),
            Some(Duration::from_secs(1))
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_rate_that_reads_back_or_is_refused(text in "[0-9]{0,8}/?[0-9]{0,6}[smhd]?|.{0,12}") {
            if let Ok(rate) = text.parse::<Rate>() {
                proptest::prop_assert_eq!(rate.to_string().parse(), Ok(rate));
            }
        }
    }
}
