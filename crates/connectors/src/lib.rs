//! Clients of certificate authorities, time-stamp authorities, OCSP and CRL services, and CSC servers; the only HTTP client.
