//! Signature activation module: verifies signature activation data, authorises the SGM, writes the signing log.
