//! Unix seconds to the two times of X.509. RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.

use der::asn1::{GeneralizedTime, UtcTime};
use der::{DateTime, Result};
use std::time::Duration;
use x509_cert::time::Time;

const YEAR_2050: u64 = 2_524_608_000;

/// The time as certificates and lists write it.
pub fn certificate_time(unix: u64) -> Result<Time> {
    if unix < YEAR_2050 {
        Ok(Time::UtcTime(UtcTime::from_unix_duration(Duration::from_secs(unix))?))
    } else {
        Ok(Time::GeneralTime(generalized_time(unix)?))
    }
}

/// The time as OCSP and TSP write it.
pub fn generalized_time(unix: u64) -> Result<GeneralizedTime> {
    Ok(GeneralizedTime::from_date_time(DateTime::from_unix_duration(Duration::from_secs(unix))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::{Encode, Tag, Tagged};

    #[test]
    fn the_year_2050_is_the_border_between_the_two_forms() {
        assert_eq!(certificate_time(YEAR_2050 - 1).unwrap().tag(), Tag::UtcTime);
        assert_eq!(certificate_time(YEAR_2050).unwrap().tag(), Tag::GeneralizedTime);
        assert_eq!(certificate_time(YEAR_2050).unwrap().to_der().unwrap(), b"\x18\x0f20500101000000Z");
    }
}
