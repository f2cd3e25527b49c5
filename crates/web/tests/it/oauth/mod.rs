//! /oauth2: pushed requests, authorization, tokens, revocation, metadata.

mod authorize;
mod metadata;
mod pushed_authorize;
mod revoke;
mod token;
