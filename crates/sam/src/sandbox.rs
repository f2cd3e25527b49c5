//! The one place with unsafe code: a system call for which there is no safe wrapper. Security design 7.1 no. 19.

#![allow(unsafe_code)]

/// From this estimated error on, in microseconds, the kernel itself calls the clock unsynchronised.
const ERROR_MAX: libc::c_long = 16_000_000;

/// Whether the kernel believes that its wall clock follows a reference. If it will not tell, it does not.
///
/// The estimated error is asked for, not the flag, because some time daemons keep the flag set to protect the hardware clock.
pub(crate) fn kernel_clock_is_synchronised() -> bool {
    // SAFETY: `timex` consists of integers only, for which zero is a value.
    let mut state: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a live `timex`; with `modes` 0 the kernel writes into it and changes nothing else.
    let answer = unsafe { libc::adjtimex(&raw mut state) };
    answer >= 0 && state.maxerror < ERROR_MAX
}

#[cfg(test)]
mod tests {
    #[test]
    fn asking_the_kernel_changes_nothing() {
        assert_eq!(super::kernel_clock_is_synchronised(), super::kernel_clock_is_synchronised());
    }
}
