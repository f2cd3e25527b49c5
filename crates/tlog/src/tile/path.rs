//! Names of tiles and entry bundles, and which of them a tree has. C2SP tlog-tiles, "Merkle Tree" and "Log entries".

use std::fmt;
use std::str::FromStr;

use crate::decimal;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes of complete subtrees of `256^level` leaves each; level 0 to 63.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// The name of a tile or entry bundle; its text is the path below the log's prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    kind: TileKind,
    index: u64,
    width: u16,
}

impl TilePath {
    /// Hashes or entries in a full tile.
    pub const FULL_WIDTH: u16 = 256;
    /// The highest level that the format has.
    pub const MAX_LEVEL: u8 = 63;

    /// The tile with this position in a tree of `size` leaves: full, partial, or `None` if the tree does not reach it.
    pub fn in_tree(kind: TileKind, index: u64, size: u64) -> Option<TilePath> {
        let items = items_in_tree(kind, size)?;
        let left = items.checked_sub(index.checked_mul(u64::from(Self::FULL_WIDTH))?)?;
        let width = u16::try_from(left).map_or(Self::FULL_WIDTH, |width| width.min(Self::FULL_WIDTH));
        (width > 0).then_some(TilePath { kind, index, width })
    }

    /// Every tile and entry bundle that a tree of `size` leaves has: entries first, then level by level.
    pub fn all_in_tree(size: u64) -> impl Iterator<Item = TilePath> {
        let kinds = std::iter::once(TileKind::Entries).chain((0..=Self::MAX_LEVEL).map(TileKind::Hashes));
        kinds.flat_map(move |kind| (0..).map_while(move |index| Self::in_tree(kind, index, size)))
    }

    /// The partial tile or bundle at the right edge, if the tree has one of this kind.
    pub fn right_edge(kind: TileKind, size: u64) -> Option<TilePath> {
        let items = items_in_tree(kind, size)?;
        let path = Self::in_tree(kind, items / u64::from(Self::FULL_WIDTH), size)?;
        (!path.is_full()).then_some(path)
    }

    /// What the tile holds.
    pub const fn kind(&self) -> TileKind {
        self.kind
    }

    /// Position among the tiles of its kind, from the left.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Hashes or entries in it, 1 to 256.
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether nothing can be added to it.
    pub const fn is_full(&self) -> bool {
        self.width == Self::FULL_WIDTH
    }

    /// The full tile at the same position, which may stand in for a partial one.
    pub const fn to_full(self) -> TilePath {
        TilePath { kind: self.kind, index: self.index, width: Self::FULL_WIDTH }
    }

    pub(crate) const fn new(kind: TileKind, index: u64, width: u16) -> TilePath {
        TilePath { kind, index, width }
    }
}

/// How many hashes or entries of this kind a tree of `size` leaves has; `None` for a level that no tree has.
fn items_in_tree(kind: TileKind, size: u64) -> Option<u64> {
    match kind {
        TileKind::Entries => Some(size),
        TileKind::Hashes(level) if level > TilePath::MAX_LEVEL => None,
        TileKind::Hashes(level) => Some(size.checked_shr(u32::from(level).saturating_mul(8)).unwrap_or(0)),
    }
}

/// `tile/<level or "entries">/<index in groups of three digits>[.p/<width>]`.
impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Entries => f.write_str("tile/entries")?,
            TileKind::Hashes(level) => write!(f, "tile/{level}")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for (position, group) in groups.iter().enumerate().rev() {
            write!(f, "/{}{group:03}", if position > 0 { "x" } else { "" })?;
        }
        if !self.is_full() {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

/// The text is not the path of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile: expected tile/<level>/<index>[.p/<width>] or tile/entries/<index>[.p/<width>]")]
pub struct InvalidTilePath;

impl FromStr for TilePath {
    type Err = InvalidTilePath;

    /// Accepts exactly what `Display` writes: a resource has one name.
    fn from_str(text: &str) -> Result<Self, InvalidTilePath> {
        let path = parse(text).ok_or(InvalidTilePath)?;
        if path.to_string() == text { Ok(path) } else { Err(InvalidTilePath) }
    }
}

fn parse(text: &str) -> Option<TilePath> {
    let (kind, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let kind = match kind {
        "entries" => TileKind::Entries,
        level => TileKind::Hashes(u8::try_from(decimal(level)?).ok().filter(|level| *level <= TilePath::MAX_LEVEL)?),
    };
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, u16::try_from(decimal(width)?).ok().filter(|width| (1..256).contains(width))?),
        None => (rest, TilePath::FULL_WIDTH),
    };
    let mut value = 0_u64;
    for group in index.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        value = value.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    Some(TilePath { kind, index: value, width })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(kind: TileKind, index: u64, width: u16) -> TilePath {
        TilePath { kind, index, width }
    }

    #[test]
    fn paths_are_written_as_the_specification_shows() {
        assert_eq!(path(TileKind::Hashes(0), 1_234_067, 256).to_string(), "tile/0/x001/x234/067");
        assert_eq!(path(TileKind::Hashes(63), 0, 1).to_string(), "tile/63/000.p/1");
        assert_eq!(path(TileKind::Entries, 999, 255).to_string(), "tile/entries/999.p/255");
        assert_eq!(path(TileKind::Entries, 1000, 256).to_string(), "tile/entries/x001/000");
    }

    #[test]
    fn a_tree_of_70000_has_the_tiles_that_the_specification_counts() {
        let of = |kind| TilePath::all_in_tree(70_000).filter(|path| path.kind == kind).collect::<Vec<_>>();
        let level_0 = of(TileKind::Hashes(0));
        assert_eq!(level_0.len(), 274);
        assert_eq!(level_0.iter().filter(|path| path.is_full()).count(), 273);
        assert_eq!(level_0[273].width, 112);
        assert_eq!(of(TileKind::Hashes(1)).iter().map(|path| path.width).collect::<Vec<_>>(), [256, 17]);
        assert_eq!(of(TileKind::Hashes(2)).iter().map(|path| path.width).collect::<Vec<_>>(), [1]);
        assert_eq!(of(TileKind::Hashes(3)), []);
        assert_eq!(of(TileKind::Entries).len(), 274);
    }

    #[test]
    fn a_tree_of_256_has_a_full_tile_and_a_partial_one_above_it() {
        let paths: Vec<_> = TilePath::all_in_tree(256).map(|path| path.to_string()).collect();
        assert_eq!(paths, ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]);
        assert_eq!(TilePath::right_edge(TileKind::Hashes(0), 256), None);
        assert_eq!(TilePath::right_edge(TileKind::Hashes(1), 256), Some(path(TileKind::Hashes(1), 0, 1)));
    }

    #[test]
    fn other_spellings_of_a_path_are_refused() {
        for refused in [
            "",
            "tile/",
            "tile/0",
            "tile/0/",
            "tile/0/1",
            "tile/0/0001",
            "tile/00/001",
            "tile/64/001",
            "tile/0/x001",
            "tile/0/001/002",
            "tile/0/x000/001",
            "tile/0/001.p/0",
            "tile/0/001.p/256",
            "tile/0/001.p/01",
            "tile/0/001.p/",
            "tile/0/+01",
            "/tile/0/001",
            "tile/0/001/",
            "tile/-1/001",
            "tile/entries/01",
            "tile/entries/x01/001",
            "tile/data/001",
            "tile/0/../001",
            "tile/0/x001//001",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(refused.parse::<TilePath>(), Err(InvalidTilePath), "{refused:?}");
        }
    }

    proptest! {
        #[test]
        fn every_path_reads_back(level in 0_u8..64, entries: bool, index: u64, width in 1_u16..=256) {
            let path = path(if entries { TileKind::Entries } else { TileKind::Hashes(level) }, index, width);
            prop_assert_eq!(path.to_string().parse::<TilePath>(), Ok(path));
        }

        #[test]
        fn any_text_is_either_refused_or_the_one_spelling(text in "tile/[0-9a-z]{0,7}/[x0-9/.p]{0,20}") {
            if let Ok(path) = text.parse::<TilePath>() {
                prop_assert_eq!(path.to_string(), text);
            }
        }
    }
}
