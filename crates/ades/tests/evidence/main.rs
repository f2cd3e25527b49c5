//! Evidence for level LT: what is taken, what is refused, what is asked for.

mod anchors;
mod answers;
mod ground;
mod paths;
mod subjects;
