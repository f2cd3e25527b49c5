mod credentials;
mod info;
mod owners;
mod signatures;
mod transport;
