//! Merkle tree log: RFC 6962 hashing, C2SP tiles, checkpoints, inclusion and consistency proofs.
