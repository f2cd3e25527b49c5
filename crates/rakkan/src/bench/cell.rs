//! One cell of the table: a fixed number of operations, taken from a queue by a number of clients.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Rate and latency.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// Operations per second, all clients together.
    pub rate: f64,
    /// Half of the operations took at most this many milliseconds.
    pub p50: f64,
    /// 99 of 100 did.
    pub p99: f64,
}

impl Cell {
    /// From the latencies of all operations and the time from the first to the last.
    pub fn new(mut latencies: Vec<Duration>, whole: Duration) -> Self {
        latencies.sort_unstable();
        let at = |share: f64| {
            let position = ((latencies.len() as f64 * share) as usize).min(latencies.len().saturating_sub(1));
            latencies.get(position).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
        };
        Self { rate: latencies.len() as f64 / whole.as_secs_f64(), p50: at(0.5), p99: at(0.99) }
    }
}

/// Lets `clients` threads do all of `work`. The first error ends the run.
pub fn run<T: Send>(
    clients: usize,
    work: Vec<T>,
    operation: impl Fn(T) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<Cell> {
    let queue = Mutex::new(work.into_iter());
    let take = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let started = Instant::now();
    let latencies = thread::scope(|scope| {
        let client = || {
            let mut latencies = Vec::new();
            while let Some(item) = take() {
                let begun = Instant::now();
                operation(item)?;
                latencies.push(begun.elapsed());
            }
            anyhow::Ok(latencies)
        };
        let clients: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.join().map_err(|_| anyhow::anyhow!("a client of the benchmark panicked"))??);
        }
        anyhow::Ok(all)
    })?;
    Ok(Cell::new(latencies, started.elapsed()))
}

/// The median time of a small write with fdatasync in `folder`, in milliseconds.
pub fn fdatasync(folder: &Path) -> anyhow::Result<f64> {
    let mut file = File::create(folder.join("fdatasync"))?;
    let mut latencies = Vec::new();
    let started = Instant::now();
    for _ in 0..200 {
        let begun = Instant::now();
        file.write_all(&[0; 256])?;
        file.sync_data()?;
        latencies.push(begun.elapsed());
    }
    Ok(Cell::new(latencies, started.elapsed()).p50)
}
