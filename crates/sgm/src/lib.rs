//! Signature value generation module: makes, keeps and uses signing keys; the software token.
