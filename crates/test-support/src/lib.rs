//! Development authorities (CA, CRL, OCSP, TSA) with failure modes, software authenticator, test PKI, fixed clock.
