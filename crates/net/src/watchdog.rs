//! Notices that the home relay stays lost, and says what to do about it.
//!
//! The decision is pure; the caller looks at the endpoint and at a clock that never goes back.

use std::time::Duration;

use crate::limits;

/// What is to be done about a lost relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Tell the endpoint that the network may have changed: it looks at its sockets again.
    LookAgain,
    /// Open a new endpoint.
    Rebind,
}

/// How long the relay of one endpoint has been lost, and what was tried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watchdog {
    lost_since: Option<Duration>,
    looked_again: bool,
    /// Whether it has ever answered this endpoint: if not, a new one would do no better, and
    /// would cut the sessions that need no relay.
    has_answered: bool,
}

impl Watchdog {
    /// Takes a look at the moment `at`: whether there is a network, and whether the relay answers.
    pub(crate) fn look(
        &mut self,
        at: Duration,
        has_network: bool,
        is_connected: bool,
    ) -> Option<Remedy> {
        self.has_answered |= is_connected;
        if is_connected || !has_network {
            (self.lost_since, self.looked_again) = (None, false);
            return None;
        }
        let since = *self.lost_since.get_or_insert(at);
        if at.saturating_sub(since) < limits::RELAY_LOST_TIME_MAX {
            return None;
        }
        // The remedy gets as long to work as the relay had.
        self.lost_since = Some(at);
        if std::mem::replace(&mut self.looked_again, self.has_answered) {
            self.looked_again = false;
            Some(Remedy::Rebind)
        } else {
            Some(Remedy::LookAgain)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remedies(looks: &[(u64, bool, bool)]) -> Vec<(u64, Remedy)> {
        let mut watchdog = Watchdog::default();
        let look = |&(at, network, relay): &(u64, bool, bool)| {
            let remedy = watchdog.look(Duration::from_secs(at), network, relay)?;
            Some((at, remedy))
        };
        looks.iter().filter_map(look).collect()
    }

    #[test]
    fn a_relay_that_stays_lost_is_looked_for_again_and_then_rebound() {
        let looks: Vec<_> = (0..30).map(|n| (n * 10, true, n == 0)).collect();
        assert_eq!(
            remedies(&looks),
            [
                (70, Remedy::LookAgain),
                (130, Remedy::Rebind),
                (190, Remedy::LookAgain),
                (250, Remedy::Rebind)
            ]
        );
    }

    #[test]
    fn a_relay_that_never_answered_is_looked_for_and_cuts_no_sessions() {
        let looks: Vec<_> = (0..30).map(|n| (n * 10, true, false)).collect();
        let looked = remedies(&looks);
        assert_eq!(looked.len(), 4);
        assert!(looked.iter().all(|(_, remedy)| *remedy == Remedy::LookAgain), "{looked:?}");
    }

    #[test]
    fn a_relay_that_comes_back_within_a_minute_is_left_alone() {
        let looks: Vec<_> = (0..60).map(|n| (n * 10, true, n % 6 == 5)).collect();
        assert_eq!(remedies(&looks), []);
    }

    #[test]
    fn without_a_network_nothing_is_done() {
        let looks: Vec<_> = (0..60).map(|n| (n * 10, false, false)).collect();
        assert_eq!(remedies(&looks), []);
        // The minute begins when the network is back.
        let mut looks = looks;
        looks.extend((60..67).map(|n| (n * 10, true, false)));
        assert_eq!(remedies(&looks), [(660, Remedy::LookAgain)]);
    }
}
