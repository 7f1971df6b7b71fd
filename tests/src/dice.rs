//! Numbers that look random and are the same for the same seed, so that a failure can be repeated.

use std::time::{Duration, Instant};

/// A sequence of numbers: splitmix64 (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The sequence under `seed`, or under `GOODWORD_SEED` if that is set. Prints the seed, which
    /// the test runner shows if the test fails.
    #[allow(clippy::print_stderr)]
    pub fn seeded(seed: u64) -> Self {
        let wanted = std::env::var("GOODWORD_SEED").ok().and_then(|text| text.parse().ok());
        let seed = wanted.unwrap_or(seed);
        eprintln!("GOODWORD_SEED={seed}");
        Self(seed)
    }

    /// The next number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        ((u128::from(z) * u128::from(bound)) >> 64) as u64
    }

    /// A moment within `whole`, any as likely as another.
    pub fn moment(&mut self, whole: Duration) -> Duration {
        let nanos = u64::try_from(whole.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.below(nanos.max(1)))
    }
}

/// Lets `time` pass while others run: for reaching a random point of a process's life, never for
/// waiting for something to have happened.
pub fn spin(time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until {
        std::thread::yield_now();
    }
}
