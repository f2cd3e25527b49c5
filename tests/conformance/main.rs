//! Rules of the whole workspace, from ARCHITECTURE.md: who may depend on whom, and what source files look like.

mod architecture;
mod dependencies;
mod sources;
mod workspace;
