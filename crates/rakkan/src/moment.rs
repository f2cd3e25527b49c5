//! Moments in time: now, and in words.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix seconds of this machine's clock.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

/// A moment in UTC, as RFC 3339 writes it.
pub fn utc(time: u64) -> String {
    let moment = i64::try_from(time).ok().and_then(|time| time::OffsetDateTime::from_unix_timestamp(time).ok());
    let text = moment.and_then(|moment| moment.format(&time::format_description::well_known::Rfc3339).ok());
    text.unwrap_or_else(|| format!("{time} s after 1970"))
}
