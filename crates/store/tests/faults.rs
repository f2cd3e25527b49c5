//! What an operator can get wrong with the data folder, and what the store says then.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;
use store::{OpenError, Revision, Store, StoreError, StoreOptions};

fn options(folder: &Path) -> StoreOptions {
    StoreOptions::new(folder).wait(Duration::from_millis(50))
}

async fn raw(folder: &Path) -> sqlx::SqliteConnection {
    SqliteConnectOptions::new().filename(folder.join("rakkan.db")).connect().await.unwrap()
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_written_is_named_with_its_remedy() {
    let parent = tempfile::tempdir().unwrap();
    // A file where the folder should be cannot be written by anyone, also not by the superuser that may run this test.
    let folder = parent.path().join("data");
    std::fs::write(&folder, b"").unwrap();
    let error = Store::open(&options(&folder)).await.err().unwrap();
    assert!(matches!(error, OpenError::FolderNotWritable { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(folder.to_str().unwrap()) && text.contains("owned by the user"), "{text}");
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    Store::open(&options(folder.path())).await.unwrap().close().await;
    let mut connection = raw(folder.path()).await;
    connection
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'later', TRUE, x'00', 0)",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    let error = Store::open(&options(folder.path())).await.err().unwrap();
    assert!(matches!(error, OpenError::NewerSchema { found: 9999, .. }), "{error:?}");
    assert!(error.to_string().contains("9999"), "{error}");
}

#[tokio::test]
async fn a_database_that_another_process_holds_is_an_error_in_bounded_time() {
    let folder = tempfile::tempdir().unwrap();
    Store::open(&options(folder.path())).await.unwrap().close().await;
    let mut holder = raw(folder.path()).await;
    holder.execute("PRAGMA locking_mode = EXCLUSIVE").await.unwrap();
    holder.execute("BEGIN EXCLUSIVE").await.unwrap();
    let error = Store::open(&options(folder.path())).await.err().unwrap();
    assert!(matches!(error, OpenError::Locked { .. }), "{error:?}");
    assert!(error.to_string().contains("another process"), "{error}");
}

#[tokio::test]
async fn a_write_that_waits_too_long_for_another_process_is_unavailable_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&options(folder.path())).await.unwrap();
    let mut holder = raw(folder.path()).await;
    holder.execute("BEGIN IMMEDIATE").await.unwrap();
    let result = store.sessions().insert_challenge("x", &[1; 32], 100).await;
    assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
    holder.execute("ROLLBACK").await.unwrap();
    assert_eq!(store.sessions().take_challenge("x", 1).await.unwrap(), None);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damaged_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = vec![b'x'; 8192];
    std::fs::write(folder.path().join("rakkan.db"), &garbage).unwrap();
    let error = Store::open(&options(folder.path())).await.err().unwrap();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert_eq!(std::fs::read(folder.path().join("rakkan.db")).unwrap(), garbage);
}

#[tokio::test]
async fn folder_database_and_documents_are_for_their_owner_only() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    let store = Store::open(&options(&folder)).await.unwrap();
    store.spool().write("abc", Revision::Original, b"x".to_vec()).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("rakkan.db")), 0o600);
    assert_eq!(mode(&folder.join("rakkan.db-wal")), 0o600);
    assert_eq!(mode(&folder.join("spool")), 0o700);
    assert_eq!(mode(&folder.join("spool/abc.original")), 0o600);
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let _store = Store::open(&options(folder.path())).await.unwrap();
    let mut reader =
        SqliteConnectOptions::new().filename(folder.path().join("rakkan.db")).read_only(true).connect().await.unwrap();
    assert!(reader.execute("DELETE FROM session").await.is_err());
}

#[tokio::test]
async fn a_half_written_file_and_a_file_without_a_record_are_gone_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&options(folder.path())).await.unwrap();
    store.spool().write("orphan", Revision::Original, b"x".to_vec()).await.unwrap();
    store.close().await;
    std::fs::write(folder.path().join("spool/abc.original.partial"), b"half").unwrap();
    Store::open(&options(folder.path())).await.unwrap();
    assert_eq!(std::fs::read_dir(folder.path().join("spool")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_file_that_cannot_be_filled_leaves_the_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&options(folder.path())).await.unwrap();
    store.spool().write("abc", Revision::Signed, b"first".to_vec()).await.unwrap();
    let failed: Result<(), StoreError> = store
        .spool()
        .write_with("abc", Revision::Signed, |file| {
            std::io::Write::write_all(file, b"second").map_err(StoreError::Spool)?;
            Err(StoreError::Spool(std::io::ErrorKind::StorageFull.into()))
        })
        .await;
    assert!(matches!(failed, Err(StoreError::Spool(_))));
    assert_eq!(store.spool().read("abc", Revision::Signed).await.unwrap(), b"first");
    assert_eq!(std::fs::read_dir(folder.path().join("spool")).unwrap().count(), 1);
}

#[tokio::test]
async fn a_name_that_is_no_document_id_reaches_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&options(folder.path())).await.unwrap();
    for name in ["", "..", "../rakkan", "a/b", "a.b", "あ", &"a".repeat(65)] {
        let result = store.spool().write(name, Revision::Original, vec![1]).await;
        assert!(matches!(result, Err(StoreError::Spool(_))), "{name}");
    }
    assert_eq!(std::fs::read_dir(folder.path().join("spool")).unwrap().count(), 0);
}
