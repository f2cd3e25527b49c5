//! Appending, the files that come out, and opening a log again.

use proptest::prelude::*;
use tlog::{AppendError, Appender, MAX_ENTRY, OpenError, TilePath, empty_root, entries_of_bundle, leaf_hash};

use crate::definition;
use crate::files::{Files, entry, leaves, log};

/// The vectors of the Certificate Transparency reference implementation.
const CT_ENTRIES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const CT_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn roots_are_those_of_the_certificate_transparency_vectors() {
    let mut log = Appender::new();
    assert_eq!(log.root(), empty_root());
    for (size, root) in CT_ROOTS.iter().enumerate() {
        assert_eq!(log.root().as_bytes().as_slice(), bytes(root), "size {size}");
        if let Some(entry) = CT_ENTRIES.get(size) {
            log.append(&bytes(entry)).unwrap();
        }
    }
}

#[test]
fn every_tile_holds_the_hashes_that_the_specification_defines() {
    // Two full level-1 tiles would need 131,072 leaves; this is past the first, with all edges partial.
    let size = 66_000;
    let (log, files) = log(size, &[1, 255, 256, 257, 300, 65_535, 65_536, 65_999]);
    let leaves = leaves(size);
    assert_eq!(log.root(), definition::root(&leaves));
    for path in TilePath::all_in_tree(size) {
        let bytes = &files.0[&path.to_string()];
        let span = match path.kind() {
            tlog::TileKind::Entries => {
                let first = path.index() * 256;
                let expected: Vec<_> = (first..first + u64::from(path.width())).map(entry).collect();
                assert_eq!(entries_of_bundle(&path, bytes).unwrap(), expected, "{path}");
                continue;
            }
            tlog::TileKind::Hashes(level) => 256_usize.pow(u32::from(level)),
        };
        let first = usize::try_from(path.index()).unwrap() * 256 * span;
        let covered = &leaves[first..first + usize::from(path.width()) * span];
        let expected: Vec<u8> =
            covered.chunks(span).flat_map(|below| definition::root(below).as_bytes().to_vec()).collect();
        assert_eq!(*bytes, expected, "{path}");
    }
}

#[test]
fn files_are_given_once_and_only_when_they_changed() {
    let mut log = Appender::new();
    assert_eq!(log.take_files(), []);
    let paths = |log: &mut Appender| log.take_files().iter().map(|file| file.path.to_string()).collect::<Vec<_>>();
    log.append(b"a").unwrap();
    assert_eq!(paths(&mut log), ["tile/entries/000.p/1", "tile/0/000.p/1"]);
    assert_eq!(log.take_files(), []);
    for _ in 1..256 {
        log.append(b"b").unwrap();
    }
    assert_eq!(paths(&mut log), ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]);
    log.append(b"c").unwrap();
    assert_eq!(paths(&mut log), ["tile/entries/001.p/1", "tile/0/001.p/1"]);
}

#[test]
fn an_entry_that_is_too_long_changes_nothing() {
    let mut log = Appender::new();
    log.append(b"a").unwrap();
    let (root, files) = (log.root(), log.clone().take_files());
    assert_eq!(log.append(&vec![0; MAX_ENTRY + 1]), Err(AppendError::TooLong));
    assert_eq!((log.size(), log.root(), log.take_files()), (1, root, files));
}

#[test]
fn an_append_can_be_taken_back_by_keeping_the_clone() {
    let (log, mut files) = log(700, &[]);
    let mut tried = log.clone();
    for _ in 0..100 {
        tried.append(b"lost").unwrap();
    }
    assert_ne!(tried.root(), log.root());
    let mut kept = log;
    assert_eq!(kept.append(&entry(700)), Ok(700));
    files.write(kept.take_files());
    assert_eq!(kept.root(), definition::root(&leaves(701)));
}

#[test]
fn a_log_opened_again_goes_on_as_if_it_had_never_been_closed() {
    for size in [0, 1, 2, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537] {
        let (mut open, files) = log(size, &[]);
        let mut again = Appender::open(size, &open.root(), &files).unwrap();
        assert_eq!(again.take_files(), [], "nothing to write after opening at {size}");
        for index in size..size + 300 {
            open.append(&entry(index)).unwrap();
            again.append(&entry(index)).unwrap();
        }
        assert_eq!(again.root(), open.root(), "size {size}");
        assert_eq!(again.take_files(), open.take_files(), "size {size}");
    }
}

#[test]
fn a_log_whose_partial_files_are_gone_opens_from_the_full_ones() {
    let (_, files) = log(600, &[300]);
    let mut only_full = files.clone();
    only_full.0.retain(|path, _| !path.contains("/001.p/"));
    let reader = FullInstead(only_full);
    let at_300 = Appender::open(300, &definition::root(&leaves(300)), &reader).unwrap();
    assert_eq!(at_300.root(), definition::root(&leaves(300)));
}

struct FullInstead(Files);

impl tlog::TileReader for FullInstead {
    type Error = String;
    fn read_tile(&self, path: &TilePath) -> Result<Vec<u8>, String> {
        self.0.read_tile(path).or_else(|_| self.0.read_tile(&path.to_full()))
    }
}

#[test]
fn a_log_whose_files_do_not_fit_its_checkpoint_is_not_opened() {
    let (log, files) = log(700, &[]);
    let opened = |files: &Files| Appender::open(700, &log.root(), files).map(|log| log.size());
    assert_eq!(opened(&files), Ok(700));
    for path in ["tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/002.p/188"] {
        let mut missing = files.clone();
        missing.0.remove(path);
        assert!(matches!(opened(&missing), Err(OpenError::Tile(_) | OpenError::Read(..))), "{path} missing");
        let mut cut = files.clone();
        cut.0.get_mut(path).unwrap().pop();
        assert!(matches!(opened(&cut), Err(OpenError::Tile(_) | OpenError::Bundle(..))), "{path} cut");
        let mut changed = files.clone();
        *changed.0.get_mut(path).unwrap().last_mut().unwrap() ^= 1;
        assert!(
            matches!(opened(&changed), Err(OpenError::RootMismatch | OpenError::EntriesDiffer(_))),
            "{path} changed"
        );
    }
    let other = Appender::open(699, &log.root(), &files);
    assert!(matches!(other, Err(OpenError::Tile(_) | OpenError::RootMismatch)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn roots_and_files_do_not_depend_on_the_batches(size in 0_u64..1200, ends in proptest::collection::vec(0_u64..1200, 0..6)) {
        let (in_batches, files) = log(size, &ends);
        let (at_once, expected) = log(size, &[]);
        prop_assert_eq!(in_batches.root(), definition::root(&leaves(size)));
        prop_assert_eq!(at_once.root(), in_batches.root());
        for path in TilePath::all_in_tree(size) {
            prop_assert_eq!(files.0.get(&path.to_string()), expected.0.get(&path.to_string()), "{}", path);
        }
    }

    #[test]
    fn a_leaf_is_never_hashed_as_a_node(left: [u8; 32], right: [u8; 32]) {
        let node = tlog::node_hash(&tlog::Hash::from_bytes(left), &tlog::Hash::from_bytes(right));
        prop_assert_ne!(leaf_hash(&[left, right].concat()), node);
    }
}
