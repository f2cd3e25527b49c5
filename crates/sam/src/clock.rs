//! The module's own time: wall clock against monotonic clock, and what the kernel says of its synchronisation. Security design 7.1 no. 19.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::sandbox::kernel_clock_is_synchronised;

/// Two clocks that should run alike. Implementations do not block.
pub trait Clock: Send + Sync {
    /// Unix time in seconds (UTC).
    fn wall(&self) -> u64;
    /// Time since some fixed moment; never goes back.
    fn monotonic(&self) -> Duration;
    /// Whether the kernel believes that the wall clock follows a reference.
    fn synchronised(&self) -> bool;
}

/// The clocks of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall(&self) -> u64 {
        u64::try_from(clock_gettime(ClockId::Realtime).tv_sec).unwrap_or(0)
    }

    fn monotonic(&self) -> Duration {
        // Stands still while the machine sleeps, so that a sleep shows as a jump of the wall clock.
        Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default()
    }

    fn synchronised(&self) -> bool {
        kernel_clock_is_synchronised()
    }
}

/// A time as the module uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Unix time in seconds (UTC).
    pub now: u64,
    /// Whether the kernel believes in it.
    pub synchronised: bool,
}

/// What a look at the clocks showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observation {
    /// Both clocks ran alike since the last jump. The time is never before that of an earlier steady look.
    Steady(Reading),
    /// The wall clock was set, or the machine was asleep or copied: nothing that was issued before may be used any more.
    Jumped(Reading),
}

/// How far the wall clock may be from where the monotonic clock says it should be, in whole seconds: for ever, not per look. Linux slews
/// both clocks alike (`clock_gettime(2)`), so that they move apart only when the wall clock is set; two seconds leave room for a leap
/// second and small corrections, one more is for reading in whole seconds. Corrections that add up to more are a jump, however slowly they come.
pub const TOLERANCE: Duration = Duration::from_secs(3);

/// Compares the clocks at each look.
pub struct Timekeeper {
    clock: Box<dyn Clock>,
    anchor: Anchor,
    /// The latest time that a look since the last jump has given out.
    latest: u64,
}

/// Where both clocks stood when the module started or after the last jump.
#[derive(Clone, Copy)]
struct Anchor {
    wall: u64,
    monotonic: Duration,
}

impl Timekeeper {
    /// Starts to watch `clock`.
    #[must_use]
    pub fn new(clock: Box<dyn Clock>) -> Self {
        let anchor = Anchor { wall: clock.wall(), monotonic: clock.monotonic() };
        Self { clock, anchor, latest: anchor.wall }
    }

    /// Looks at the clocks. A jump is reported once, so whoever looks must act on it before anybody else can look; the new time is then
    /// the one to compare with.
    pub fn observe(&mut self) -> Observation {
        let here = Anchor { wall: self.clock.wall(), monotonic: self.clock.monotonic() };
        let synchronised = self.clock.synchronised();
        let elapsed = here.monotonic.saturating_sub(self.anchor.monotonic);
        let expected = Duration::from_secs(self.anchor.wall).saturating_add(elapsed);
        if expected.abs_diff(Duration::from_secs(here.wall)) <= TOLERANCE {
            // What has expired stays expired: a small step back lets the time stand still for as long.
            self.latest = self.latest.max(here.wall);
            return Observation::Steady(Reading { now: self.latest, synchronised });
        }
        self.anchor = here;
        self.latest = here.wall;
        Observation::Jumped(Reading { now: here.wall, synchronised })
    }

    /// The time without comparison, for what grants nothing.
    pub fn glance(&self) -> Reading {
        Reading { now: self.clock.wall(), synchronised: self.clock.synchronised() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Default)]
    struct TwoClocks(Arc<Mutex<(u64, u64)>>);

    impl TwoClocks {
        fn advance(&self, wall: i64, monotonic: u64) {
            let mut clocks = self.0.lock().unwrap();
            clocks.0 = clocks.0.checked_add_signed(wall).unwrap();
            clocks.1 += monotonic;
        }
    }

    impl Clock for TwoClocks {
        fn wall(&self) -> u64 {
            self.0.lock().unwrap().0
        }
        fn monotonic(&self) -> Duration {
            Duration::from_secs(self.0.lock().unwrap().1)
        }
        fn synchronised(&self) -> bool {
            true
        }
    }

    fn started() -> (TwoClocks, Timekeeper) {
        let clocks = TwoClocks::default();
        clocks.advance(1_800_000_000, 50);
        (clocks.clone(), Timekeeper::new(Box::new(clocks)))
    }

    fn jumped(timekeeper: &mut Timekeeper) -> bool {
        matches!(timekeeper.observe(), Observation::Jumped(_))
    }

    #[test]
    fn clocks_that_run_alike_are_steady() {
        let (clocks, mut timekeeper) = started();
        for _ in 0..100 {
            clocks.advance(3600, 3600);
            assert!(!jumped(&mut timekeeper));
        }
    }

    #[test]
    fn a_wall_clock_that_is_set_in_either_direction_is_noticed_once() {
        for step in [-3600, -10, 10, 3600] {
            let (clocks, mut timekeeper) = started();
            clocks.advance(step, 1);
            assert!(jumped(&mut timekeeper), "{step}");
            clocks.advance(1, 1);
            assert!(!jumped(&mut timekeeper), "{step}");
        }
    }

    #[test]
    fn a_step_is_noticed_however_long_the_module_has_run() {
        const DAY: u64 = 86_400;
        for days in [1, 7, 90, 3650] {
            for step in [-300, -5, 5, 300] {
                let (clocks, mut timekeeper) = started();
                clocks.advance((days * DAY).cast_signed(), days * DAY);
                assert!(!jumped(&mut timekeeper), "{days} days");
                clocks.advance(step, 0);
                assert!(jumped(&mut timekeeper), "{step} s after {days} days");
            }
        }
    }

    #[test]
    fn many_small_steps_are_noticed_too_however_far_apart() {
        for between in [1, 3600, 86_400] {
            let (clocks, mut timekeeper) = started();
            let steps = (0..10).take_while(|_| {
                clocks.advance(-1 + i64::try_from(between).unwrap(), between);
                !jumped(&mut timekeeper)
            });
            assert_eq!(steps.count(), 3, "one step each {between} s");
        }
    }

    #[test]
    fn a_frozen_wall_clock_is_noticed() {
        let (clocks, mut timekeeper) = started();
        clocks.advance(0, 60);
        assert!(jumped(&mut timekeeper));
    }

    #[test]
    fn a_small_step_back_lets_the_time_stand_still() {
        let (clocks, mut timekeeper) = started();
        clocks.advance(-2, 0);
        let now = |observation| match observation {
            Observation::Steady(reading) => reading.now,
            Observation::Jumped(_) => panic!("two seconds are no jump"),
        };
        assert_eq!(now(timekeeper.observe()), 1_800_000_000);
        clocks.advance(3, 3);
        assert_eq!(now(timekeeper.observe()), 1_800_000_001);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        /// What is issued at a steady look is good for `VALIDITY` by the module's time; by the monotonic clock, which nobody sets, at
        /// most for twice the tolerance longer, and what was once found expired is never found valid again.
        #[test]
        fn no_steady_readings_revive_what_has_expired_or_stretch_its_time(
            looks in proptest::collection::vec((-4_i64..=4, prop_oneof![0..3_u64, 0..400_u64, 0..10_000_000_u64]), 1..60),
        ) {
            const VALIDITY: u64 = 300;
            let (clocks, mut timekeeper) = started();
            // Time and monotonic clock of each issue since the last jump, and whether it was found expired.
            let mut issued: Vec<(u64, u64, bool)> = Vec::new();
            let mut latest = 0;
            for (step, elapsed) in looks {
                clocks.advance(step + elapsed.cast_signed(), elapsed);
                let monotonic = clocks.monotonic().as_secs();
                let now = match timekeeper.observe() {
                    Observation::Steady(reading) => {
                        prop_assert!(reading.now >= latest, "time went back");
                        reading.now
                    }
                    Observation::Jumped(reading) => {
                        issued.clear();
                        reading.now
                    }
                };
                latest = now;
                for (at, monotonic_at, expired) in &mut issued {
                    let valid = now <= *at + VALIDITY;
                    prop_assert!(!(valid && *expired), "revived");
                    prop_assert!(!valid || monotonic - *monotonic_at <= VALIDITY + 2 * TOLERANCE.as_secs(), "stretched");
                    *expired |= !valid;
                }
                issued.push((now, monotonic, false));
            }
        }
    }
}
