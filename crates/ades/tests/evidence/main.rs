//! Evidence for level LT: what is taken, what is refused, what is asked for.

mod anchors;
mod answers;
mod ground;
mod paths;
mod pkits;
mod subjects;

#[path = "../support/mod.rs"]
mod support;
