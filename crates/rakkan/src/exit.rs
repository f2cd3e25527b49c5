//! Exit statuses of the command line: the numbers of sysexits where they fit.

/// The operation failed.
pub const FAILED: u8 = 1;
/// Wrong usage (EX_USAGE).
pub const USAGE: u8 = 64;
/// An input cannot be read as what it should be (EX_DATAERR).
pub const INPUT: u8 = 65;
/// An input file is missing (EX_NOINPUT).
pub const MISSING: u8 = 66;
/// Something on the network is unavailable (EX_UNAVAILABLE).
pub const UNAVAILABLE: u8 = 69;
/// An output cannot be written (EX_CANTCREAT).
pub const OUTPUT: u8 = 73;
/// A part of several files failed (EX_TEMPFAIL).
pub const PART: u8 = 75;
/// Refused: a wrong password, or somebody said no (EX_NOPERM).
pub const REFUSED: u8 = 77;
/// The configuration is wrong (EX_CONFIG).
pub const CONFIG: u8 = 78;

/// What `--help` says about them.
pub const HELP: &str = "Exit status: 0 done; 1 failed; 64 wrong usage; 65 an input cannot be read; 66 an input is missing; \
69 a remote service is unavailable; 73 the output cannot be written; 75 some of the files failed; 77 refused; 78 wrong configuration.";
