//! /csc/v2, endpoint by endpoint, and what holds for all of them.

mod credentials;
mod info;
mod owners;
mod signatures;
mod transport;
