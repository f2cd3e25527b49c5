//! The client against a module that answers late, wrongly or not at all.

use super::*;
use sam::protocol::Frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn read_request(stream: &mut UnixStream) -> (u64, Request) {
    let mut header = [0; sam::protocol::frame::HEADER_LEN];
    stream.read_exact(&mut header).await.unwrap();
    let header = sam::protocol::frame::Header::parse(header).unwrap();
    let mut body = vec![0; header.body_len];
    stream.read_exact(&mut body).await.unwrap();
    (header.request_id, dcbor::from_bytes(&body).unwrap())
}

async fn answer(stream: &mut UnixStream, request_id: u64, reply: &Reply) {
    let frame = Frame { request_id, body: dcbor::to_bytes(reply) };
    stream.write_all(&frame.to_bytes().unwrap()).await.unwrap();
}

fn note(text: &str) -> Reply {
    Reply::Checkpoint(CheckpointNote { note: text.to_owned() })
}

#[tokio::test]
async fn answers_find_their_requests_in_any_order() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let client = ActivationClient::over(ours);
    let other = client.clone();
    let first = tokio::spawn(async move { client.start_enrolment(SignerId::new([1; 16])).await });
    let (first_id, _) = read_request(&mut theirs).await;
    let second = tokio::spawn(async move { other.checkpoint().await });
    let (second_id, request) = read_request(&mut theirs).await;
    assert_eq!(request, Request::Checkpoint);
    answer(&mut theirs, second_id, &note("second")).await;
    answer(&mut theirs, first_id, &Reply::Nonce(Nonce { nonce: [5; 32], expires_at: 9 })).await;
    assert_eq!(second.await.unwrap().unwrap().note, "second");
    assert_eq!(first.await.unwrap().unwrap().expires_at, 9);
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_leaves_the_outcome_open() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let client = ActivationClient::over(ours);
    let asked = tokio::spawn(async move { (client.checkpoint().await, client) });
    read_request(&mut theirs).await;
    drop(theirs);
    let (result, client) = asked.await.unwrap();
    assert!(matches!(result, Err(SamError::NoAnswer(_))));
    assert!(matches!(client.checkpoint().await, Err(SamError::NotReached(_))));
}

#[tokio::test]
async fn a_module_that_was_started_again_is_connected_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sam.sock");
    let client = ActivationClient::at_path(&path);
    assert!(matches!(client.checkpoint().await, Err(SamError::NotReached(_))));
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let module = tokio::spawn(async move {
        for text in ["one", "two"] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (id, _) = read_request(&mut stream).await;
            answer(&mut stream, id, &note(text)).await;
            // Ends the connection and waits until the other side has noticed.
            stream.shutdown().await.unwrap();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
    });
    assert_eq!(client.checkpoint().await.unwrap().note, "one");
    // The broken connection is noticed by its reading task; until then a request may end without answer.
    let second = loop {
        match client.checkpoint().await {
            Ok(note) => break note,
            Err(SamError::NoAnswer(_) | SamError::NotReached(_)) => tokio::task::yield_now().await,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(second.note, "two");
    drop(client);
    module.await.unwrap();
}

#[tokio::test]
async fn refusals_failures_and_answers_of_another_kind_are_told_apart() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let client = ActivationClient::over(ours);
    let module = tokio::spawn(async move {
        let replies = [
            Reply::Refused(Refusal::Expired),
            Reply::Failed(Failure::Unavailable),
            Reply::Nonce(Nonce { nonce: [0; 32], expires_at: 0 }),
        ];
        for reply in replies {
            let (id, _) = read_request(&mut theirs).await;
            answer(&mut theirs, id, &reply).await;
        }
        theirs
    });
    assert!(matches!(client.checkpoint().await, Err(SamError::Refused(Refusal::Expired))));
    assert!(matches!(client.checkpoint().await, Err(SamError::Failed(Failure::Unavailable))));
    assert!(matches!(client.checkpoint().await, Err(SamError::UnexpectedReply)));
    module.await.unwrap();
}

#[tokio::test]
async fn a_list_of_signatures_of_another_length_is_no_answer() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let client = ActivationClient::over(ours);
    let module = tokio::spawn(async move {
        let (id, _) = read_request(&mut theirs).await;
        answer(&mut theirs, id, &Reply::Signed(Vec::new())).await;
        theirs
    });
    let sign = Sign { grant: [0; 32], record: vec![], sealed_key: vec![], hashes: vec![vec![0; 32]] };
    assert!(matches!(client.sign(sign).await, Err(SamError::UnexpectedReply)));
    module.await.unwrap();
}

#[tokio::test]
async fn bytes_that_are_no_frame_end_the_connection() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let client = ActivationClient::over(ours);
    let asked = tokio::spawn(async move { client.checkpoint().await });
    read_request(&mut theirs).await;
    theirs.write_all(&[0xff; 64]).await.unwrap();
    assert!(matches!(asked.await.unwrap(), Err(SamError::NoAnswer(_))));
}

#[tokio::test(start_paused = true)]
async fn a_module_that_is_silent_is_given_up_and_a_late_answer_harms_nobody() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let client = ActivationClient::over(ours);
    let asked = tokio::spawn(async move { (client.checkpoint().await, client) });
    let (late_id, _) = read_request(&mut theirs).await;
    let (result, client) = asked.await.unwrap();
    assert!(matches!(result, Err(SamError::NoAnswer(error)) if error.kind() == io::ErrorKind::TimedOut));
    answer(&mut theirs, late_id, &note("late")).await;
    let asked = tokio::spawn(async move { client.checkpoint().await });
    let (id, _) = read_request(&mut theirs).await;
    answer(&mut theirs, id, &note("in time")).await;
    assert_eq!(asked.await.unwrap().unwrap().note, "in time");
}
