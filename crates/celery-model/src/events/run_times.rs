/// The upper bounds, in seconds, between which run times are told apart: from what only cleans up to what runs all night.
const BOUNDS: [f64; 9] = [0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0];

/// Ten years. What is said to have run longer has not, and would drown all others in the sum.
const LONGEST: f64 = 10.0 * 365.0 * 86_400.0;

/// How long tasks ran, in seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunTimes {
    /// Those up to each bound and above the one before.
    buckets: [u64; BOUNDS.len()],
    sum: f64,
    count: u64,
}

impl RunTimes {
    /// Counts one run. What is not a length of time is left out.
    pub(crate) fn observe(&mut self, seconds: f64) {
        if !(0.0..=LONGEST).contains(&seconds) {
            return;
        }
        self.sum += seconds;
        self.count += 1;
        let bucket = BOUNDS.iter().zip(&mut self.buckets).find(|(bound, _)| seconds <= **bound);
        if let Some((_, bucket)) = bucket {
            *bucket += 1;
        }
    }

    /// Counts the runs of another place, too.
    pub(crate) fn add(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(other.buckets).for_each(|(bucket, more)| *bucket += more);
        self.sum += other.sum;
        self.count += other.count;
    }

    /// The bounds in seconds, each with the number of runs up to it.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        BOUNDS.into_iter().zip(self.buckets).scan(0, |up_to, (bound, runs)| {
            *up_to += runs;
            Some((bound, *up_to))
        })
    }

    /// All runs together, in seconds.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// How many runs.
    pub fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_task_takes_is_left_out() {
        let mut runs = RunTimes::default();
        for seconds in [1.7e308, 1.7e308, f64::INFINITY, f64::NAN, -1.0, 90_000.0, 0.5] {
            runs.observe(seconds);
        }
        assert_eq!((runs.count(), runs.sum()), (2, 90_000.5));
    }
}
