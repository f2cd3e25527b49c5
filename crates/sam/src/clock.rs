//! The module's own time: wall clock against monotonic clock, and what the kernel says of its synchronisation. Security design 7.1 no. 19.

use std::sync::{Mutex, PoisonError};
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
    /// Both clocks ran alike since the last look.
    Steady(Reading),
    /// The wall clock was set, or the machine was asleep or copied: nothing that was issued before may be used any more.
    Jumped(Reading),
}

/// How far the clocks may drift apart at once.
const TOLERANCE: Duration = Duration::from_secs(2);
/// The kernel slews by at most 500 parts per million.
const SLEW_DIVISOR: u32 = 2000;

/// Compares the clocks at each look.
pub struct Timekeeper {
    clock: Box<dyn Clock>,
    anchor: Mutex<Anchor>,
}

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
        Self { clock, anchor: Mutex::new(anchor) }
    }

    /// Looks at the clocks. A jump is reported once; the new time is then the one to compare with.
    pub fn observe(&self) -> Observation {
        let mut anchor = self.anchor.lock().unwrap_or_else(PoisonError::into_inner);
        let here = Anchor { wall: self.clock.wall(), monotonic: self.clock.monotonic() };
        let reading = Reading { now: here.wall, synchronised: self.clock.synchronised() };
        let elapsed = here.monotonic.saturating_sub(anchor.monotonic);
        let expected = Duration::from_secs(anchor.wall).saturating_add(elapsed);
        let apart = expected.abs_diff(Duration::from_secs(here.wall));
        // One second more, because the wall clock is read in whole seconds.
        let allowed = TOLERANCE.saturating_add(elapsed / SLEW_DIVISOR).saturating_add(Duration::from_secs(1));
        if apart <= allowed {
            return Observation::Steady(reading);
        }
        *anchor = here;
        Observation::Jumped(reading)
    }

    /// The time without comparison, for what grants nothing.
    pub fn glance(&self) -> Reading {
        Reading { now: self.clock.wall(), synchronised: self.clock.synchronised() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

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

    fn jumped(timekeeper: &Timekeeper) -> bool {
        matches!(timekeeper.observe(), Observation::Jumped(_))
    }

    #[test]
    fn clocks_that_run_alike_are_steady() {
        let (clocks, timekeeper) = started();
        for _ in 0..100 {
            clocks.advance(3600, 3600);
            assert!(!jumped(&timekeeper));
        }
    }

    #[test]
    fn slewing_within_the_kernels_bounds_is_steady() {
        let (clocks, timekeeper) = started();
        clocks.advance(86_400 + 40, 86_400);
        assert!(!jumped(&timekeeper));
    }

    #[test]
    fn a_wall_clock_that_is_set_in_either_direction_is_noticed_once() {
        for step in [-3600, -10, 10, 3600] {
            let (clocks, timekeeper) = started();
            clocks.advance(step, 1);
            assert!(jumped(&timekeeper), "{step}");
            clocks.advance(1, 1);
            assert!(!jumped(&timekeeper), "{step}");
        }
    }

    #[test]
    fn many_small_steps_are_noticed_too() {
        let (clocks, timekeeper) = started();
        assert!((0..10).any(|_| {
            clocks.advance(-1, 1);
            jumped(&timekeeper)
        }));
    }

    #[test]
    fn a_frozen_wall_clock_is_noticed() {
        let (clocks, timekeeper) = started();
        clocks.advance(0, 60);
        assert!(jumped(&timekeeper));
    }
}
