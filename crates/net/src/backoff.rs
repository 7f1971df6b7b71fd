//! How long to wait before a device that could not be reached is called again.
//!
//! Pure. Two devices that lost each other do not call in step: each jitters by a hash of who calls
//! whom and how often, so that tests need no dice and no two pairs are alike.

use std::time::Duration;

use goodword_core::DeviceId;

use crate::limits;

/// Context of the jitter's hash.
const JITTER: &str = "goodword 2026-11 redial jitter v1";

/// The waits between calls of one device to another.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    here: DeviceId,
    there: DeviceId,
    failures: u32,
}

impl Backoff {
    pub(crate) fn new(here: DeviceId, there: DeviceId) -> Self {
        Self { here, there, failures: 0 }
    }

    /// Notes that the device was reached.
    pub(crate) fn reached(&mut self) {
        self.failures = 0;
    }

    /// The wait after one more failure: doubling up to [`limits::REDIAL_TIME_MAX`], each between
    /// half and the whole of that.
    pub(crate) fn failed(&mut self) -> Duration {
        let whole = limits::REDIAL_TIME_MIN.saturating_mul(1 << self.failures.min(16));
        let whole = whole.min(limits::REDIAL_TIME_MAX);
        self.failures = self.failures.saturating_add(1);
        let mut of = Vec::with_capacity(68);
        of.extend(self.here.0);
        of.extend(self.there.0);
        of.extend(self.failures.to_be_bytes());
        let share = blake3::derive_key(JITTER, &of)[0];
        whole / 2 + whole / 2 * u32::from(share) / 255
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(here: u8, there: u8, count: usize) -> Vec<Duration> {
        let mut backoff = Backoff::new(DeviceId([here; 32]), DeviceId([there; 32]));
        (0..count).map(|_| backoff.failed()).collect()
    }

    #[test]
    fn waits_grow_and_stay_below_the_limit() {
        for (n, wait) in (0_u32..).zip(waits(1, 2, 40)) {
            let whole = limits::REDIAL_TIME_MIN * 2_u32.pow(n.min(12));
            let whole = whole.min(limits::REDIAL_TIME_MAX);
            assert!(wait >= whole / 2 && wait <= whole, "{n}: {wait:?}");
        }
    }

    #[test]
    fn two_devices_do_not_call_in_step() {
        let (here, there) = (waits(1, 2, 20), waits(2, 1, 20));
        assert!(here.iter().zip(&there).filter(|(a, b)| a == b).count() <= 2);
    }

    #[test]
    fn however_long_a_device_was_away_it_is_called_within_seconds_of_its_return() {
        let hour = Duration::from_secs(60 * 60);
        let mut backoff = Backoff::new(DeviceId([1; 32]), DeviceId([2; 32]));
        let mut away = Duration::ZERO;
        let mut calls = 0;
        while away < 24 * hour {
            // The link returns right after a call has failed: the longest wait there is.
            let patience = backoff.failed();
            assert!(patience <= limits::REDIAL_TIME_MAX, "{patience:?} after {away:?}");
            away += limits::CONNECT_TIME_DIRECT_MAX + patience;
            calls += 1;
        }
        // A few thousand calls of a handful of packets each, and not one in step with the last.
        assert!((4_000..8_000).contains(&calls), "{calls} calls in a day");
    }

    #[test]
    fn a_device_that_was_reached_is_called_again_at_once() {
        let mut backoff = Backoff::new(DeviceId([1; 32]), DeviceId([2; 32]));
        for _ in 0..10 {
            backoff.failed();
        }
        backoff.reached();
        assert!(backoff.failed() <= limits::REDIAL_TIME_MIN);
    }
}
