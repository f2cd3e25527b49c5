//! Creates, augments and validates AdES signatures: bytes in, bytes out.
