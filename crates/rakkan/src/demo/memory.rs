//! Memory of a set of processes as the kernel accounts it: proportional set size, so that shared pages count once.

/// Sum of PSS in bytes over `pids`; `None` where the kernel does not tell.
pub fn proportional_set_size(pids: &[u32]) -> Option<u64> {
    pids.iter()
        .map(|pid| std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok().and_then(|text| pss(&text)))
        .sum()
}

fn pss(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_pss_line_is_found_among_the_others() {
        let text = "5581-7ff [rollup]\nRss:  6212 kB\nPss:   2048 kB\nPss_Dirty: 12 kB\n";
        assert_eq!(super::pss(text), Some(2048 * 1024));
        assert_eq!(super::pss("Rss: 1 kB\n"), None);
    }

    #[test]
    fn a_process_that_is_not_there_is_not_counted_as_zero() {
        assert_eq!(super::proportional_set_size(&[u32::MAX]), None);
    }
}
