//! HTTP: CSC API, OAuth 2, portal and signing page; translates only.
