use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(30);
/// Not even those who ask make it try more often, once it has tried a few times.
const URGENT: Duration = Duration::from_secs(1);
/// A connection that lived for so long was a good one.
const GOOD: Duration = Duration::from_secs(10);

/// The pauses between attempts: each up to twice as long as the one before.
#[derive(Debug)]
pub(crate) struct BackOff {
    pause: Duration,
}

impl Default for BackOff {
    fn default() -> Self {
        Self { pause: FIRST }
    }
}

impl BackOff {
    /// The pause before the next attempt, in two parts: the second one ends early when somebody asks. They differ by chance, lest all
    /// come back at once to a server that has restarted.
    pub(crate) fn next(&mut self) -> (Duration, Duration) {
        let pause = self.pause.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.pause = (self.pause * 2).min(LONGEST);
        let shortest = pause.min(URGENT);
        (shortest, pause - shortest)
    }

    /// Begins anew if the last connection was a good one.
    pub(crate) fn lived(&mut self, lifetime: Duration) {
        if lifetime >= GOOD {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_a_moment_to_half_a_minute() {
        let mut back_off = BackOff::default();
        let pauses: Vec<Duration> =
            (0..20).map(|_| back_off.next()).map(|(first, rest)| first + rest).collect();
        assert!(pauses[..5].iter().sum::<Duration>() < Duration::from_secs(2), "{pauses:?}");
        assert!(pauses[12..].iter().all(|pause| *pause >= LONGEST / 2 && *pause <= LONGEST), "{pauses:?}");

        back_off.lived(Duration::from_secs(1));
        assert!(back_off.next().1 > Duration::ZERO, "a connection that broke at once changes nothing");
        back_off.lived(GOOD);
        assert!(back_off.next() <= (FIRST, Duration::ZERO));
    }
}
