mod authorize;
mod metadata;
mod pushed_authorize;
mod revoke;
mod token;
