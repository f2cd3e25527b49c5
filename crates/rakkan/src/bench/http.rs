//! `signatures/signHash` through the whole service: HTTP, token, store, socket, SAM in a process of its own.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Context;

use super::cell::Cell;
use super::{ALGORITHMS, CLIENTS, Line};
use crate::demo::{Plan, SigningSession, Stage, random};

/// Hashes that one approval covers: as many as the service allows.
const HASHES_PER_TOKEN: usize = ssa::oauth::MULTISIGN as usize;

/// Starts the service in `folder` and measures both algorithms.
pub fn measure(folder: &Path, operations: usize) -> anyhow::Result<Vec<Line>> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let mut lines = Vec::new();
        for (ca, (_, name)) in ["demo-ca-1", "demo-ca-2"].into_iter().zip(ALGORITHMS) {
            let plan = Plan { data: Some(folder.join(format!("http-{name}"))), rsa_keys: "rsa2048", ..Plan::default() };
            let stage = Stage::set(&plan, Instant::now()).await?;
            let session = Arc::new(stage.session(ca).await.context("the bench signer could not be registered")?);
            for clients in CLIENTS {
                let work = approved(&session, operations).await?;
                lines.push(Line { algorithm: name, layer: "http", clients, cell: run(&session, clients, work).await? });
            }
        }
        Ok(lines)
    })
}

/// One hash with the token that covers it.
type Work = (Arc<str>, Vec<u8>);

async fn approved(session: &SigningSession, operations: usize) -> anyhow::Result<Vec<Work>> {
    let mut work = Vec::new();
    while work.len() < operations {
        let count = HASHES_PER_TOKEN.min(operations - work.len());
        let hashes = (0..count).map(|_| Ok(random::<32>()?.to_vec())).collect::<anyhow::Result<Vec<_>>>()?;
        let token: Arc<str> = session.approve(&hashes).await?.into();
        work.extend(hashes.into_iter().map(|hash| (token.clone(), hash)));
    }
    Ok(work)
}

async fn run(session: &Arc<SigningSession>, clients: usize, work: Vec<Work>) -> anyhow::Result<Cell> {
    let queue = Arc::new(Mutex::new(work.into_iter()));
    let started = Instant::now();
    let client = || {
        let (session, queue) = (session.clone(), queue.clone());
        tokio::spawn(async move {
            let mut latencies = Vec::new();
            loop {
                let Some((token, hash)) = queue.lock().unwrap_or_else(PoisonError::into_inner).next() else { break };
                let begun = Instant::now();
                session.sign(&token, hash).await?;
                latencies.push(begun.elapsed());
            }
            anyhow::Ok(latencies)
        })
    };
    let clients: Vec<_> = (0..clients).map(|_| client()).collect();
    let mut all = Vec::new();
    for client in clients {
        all.extend(client.await??);
    }
    Ok(Cell::new(all, started.elapsed()))
}
