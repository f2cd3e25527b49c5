//! Wire types and error codes of the CSC API, version 2.
