mod sign_hash;
mod timestamp;
