//! The program from its start to its end: a small file, and one that is larger than memory should be.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::material::{Material, pdf};
use super::{Line, median};

/// What one run of a program took.
struct Run {
    wall: Duration,
    /// Largest resident set.
    peak_bytes: u64,
}

/// `rakkan sign` of a small file with an unencrypted PEM key.
pub fn start_to_end(folder: &Path, material: &Material, input: &Path, runs: usize) -> anyhow::Result<Line> {
    let output = folder.join("cli.pdf");
    let mut all = Vec::new();
    for _ in 0..runs.max(3) {
        all.push(sign(material, input, &output)?);
    }
    let wall = median(all.iter().map(|run| run.wall.as_secs_f64() * 1e3).collect());
    let peak = median(all.iter().map(|run| run.peak_bytes as f64 / 1e6).collect());
    Ok(Line {
        work: format!("rakkan sign, start to end ({peak:.1} MB)"),
        unit: "ms",
        ours: wall,
        limit: None,
        target: "30 ms, 20 MB",
        met: Some(wall <= 30.0 && peak <= 20.0),
        peers: Vec::new(),
    })
}

/// `rakkan sign` of a large file beside `openssl dgst` and `cp`.
pub fn large(folder: &Path, material: &Material, bytes: u64) -> anyhow::Result<Vec<Line>> {
    let (input, output, copy) =
        (folder.join("large.pdf"), folder.join("large-signed.pdf"), folder.join("large-copy.pdf"));
    make_large(&input, bytes)?;
    let (mut ours, mut limit, mut peak) = (Vec::new(), Vec::new(), 0_u64);
    for _ in 0..3 {
        let _ = std::fs::remove_file(&copy);
        let _ = std::fs::remove_file(&output);
        let hashed = run(Command::new("openssl").args(["dgst", "-sha256"]).arg(&input))?;
        let copied = run(Command::new("cp").arg("--reflink=never").arg(&input).arg(&copy))?;
        limit.push((hashed.wall + copied.wall).as_secs_f64());
        // What cp left to be written must not be waited for by us.
        File::open(&copy)?.sync_all()?;
        let signed = sign(material, &input, &output)?;
        ours.push(signed.wall.as_secs_f64());
        peak = peak.max(signed.peak_bytes);
    }
    let (ours, limit, peak) = (median(ours), median(limit), peak as f64 / 1e6);
    for path in [&input, &output, &copy] {
        let _ = std::fs::remove_file(path);
    }
    let work = format!("PAdES B-B, {:.1} GB PDF, file to file", bytes as f64 / 1e9);
    Ok(vec![
        Line {
            work,
            unit: "seconds",
            ours,
            limit: Some(limit),
            target: "1.3 times dgst and cp",
            met: Some(ours <= 1.3 * limit),
            peers: Vec::new(),
        },
        Line {
            work: "  its largest resident set".into(),
            unit: "MB",
            ours: peak,
            limit: Some(64.0),
            target: "64 MB",
            met: Some(peak <= 64.0),
            peers: Vec::new(),
        },
    ])
}

fn sign(material: &Material, input: &Path, output: &Path) -> anyhow::Result<Run> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["sign", "--quiet", "--force", "--key"]).arg(&material.key_file).arg("--cert");
    command.arg(&material.certificate_file).arg("--out").arg(output).arg(input);
    run(&mut command)
}

/// Runs a program to its end.
fn run(command: &mut Command) -> anyhow::Result<Run> {
    let name = command.get_program().to_owned();
    let started = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    let mut child = child.with_context(|| name.to_string_lossy().into_owned())?;
    let (good, peak_bytes) = wait(&mut child)?;
    let wall = started.elapsed();
    ensure!(good, "{} failed", name.to_string_lossy());
    Ok(Run { wall, peak_bytes })
}

/// Waits for a child and learns the largest memory it had: the kernel keeps that mark while the child lives, so the last look before
/// its end tells it.
fn wait(child: &mut Child) -> anyhow::Result<(bool, u64)> {
    const BETWEEN_LOOKS: Duration = Duration::from_micros(500);
    let status = format!("/proc/{}/status", child.id());
    let mut peak_bytes = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = mark.and_then(|mark| mark.split_whitespace().next()?.parse::<u64>().ok());
        peak_bytes = peak_bytes.max(kibibytes.unwrap_or(0) * 1024);
        if let Some(ended) = child.try_wait()? {
            return Ok((ended.success(), peak_bytes));
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

/// A sound PDF of this size: a comment between its body and its end is as good as content.
fn make_large(path: &Path, bytes: u64) -> anyhow::Result<()> {
    let small = pdf(10_000);
    let end = small.windows(9).rposition(|word| word == b"startxref").context("the sample has no end")?;
    let mut file = File::create(path)?;
    file.write_all(&small[..end])?;
    let line: Vec<u8> =
        std::iter::once(b'%').chain((0..1022).map(|at| b'a' + (at % 26) as u8)).chain([b'\n']).collect();
    let block = line.repeat(1024);
    let mut left = bytes.saturating_sub(small.len() as u64);
    while left >= block.len() as u64 {
        file.write_all(&block)?;
        left -= block.len() as u64;
    }
    file.seek(SeekFrom::End(0))?;
    file.write_all(&small[end..])?;
    Ok(file.sync_all()?)
}
