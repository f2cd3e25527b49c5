//! What Rakkan makes, before programs that are not ours: EU DSS, pyHanko, openssl, pdfsig and qpdf.
//!
//! `matrix` is every format, packaging, algorithm and level that EU DSS knows; it writes docs/conformance/ades-creation.md. `others` is a
//! smaller set before other judges, and what makes them refuse; `altered` says that every signed octet counts; `timestamps` are those
//! of other programs' test suites.

mod altered;
mod dss;
mod ground;
mod making;
mod matrix;
mod others;
mod report;
mod signers;
mod surroundings;
mod timestamps;
mod variants;
