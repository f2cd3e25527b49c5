//! Seeded mutations: the same seed gives the same inputs on every machine, so a failure can be repeated.

/// Longest input that is made.
const LONGEST: usize = 64 * 1024;

/// Numbers at which parsers break: ends of ranges, signs, lengths.
const EDGES: [u64; 16] = [
    0,
    1,
    0x17,
    0x18,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0xffff_ffff,
    1 << 62,
    1 << 63,
    u64::MAX,
];

/// Makes inputs out of other inputs. The generator is SplitMix64.
pub struct Mutator {
    state: u64,
}

impl Mutator {
    /// Starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Mutator { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`; 0 if there is none.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit.max(1) as u64)).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// A new input: mostly a changed member of `corpus`, sometimes two of them joined, rarely noise.
    pub fn input(&mut self, corpus: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
        if corpus.is_empty() || self.below(40) == 0 {
            let length = self.below(300);
            return (0..length).map(|_| self.byte()).collect();
        }
        let mut input = corpus[self.below(corpus.len())].clone();
        if self.below(8) == 0 {
            let other = &corpus[self.below(corpus.len())];
            let (keep, from) = (self.below(input.len() + 1), self.below(other.len() + 1));
            input.truncate(keep);
            input.extend_from_slice(&other[from..]);
        }
        for _ in 0..=self.below(5) {
            self.change(&mut input, words);
        }
        input.truncate(LONGEST);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, words: &[&str]) {
        let at = self.below(input.len() + 1);
        let end = (at + 1 + self.below(16)).min(input.len());
        match self.below(11) {
            0 | 1 if at < input.len() => input[at] ^= 1 << self.below(8),
            2 if at < input.len() => input[at] = self.byte(),
            3 if at < input.len() => input[at] = input[at].wrapping_add([1, 255][self.below(2)]),
            4 => drop(input.splice(at..at, [self.byte()])),
            5 if at < end => drop(input.drain(at..end)),
            6 => input.truncate(at),
            7 if at < end => {
                let part = input[at..end].to_vec();
                let times = 1 + self.below(64);
                drop(input.splice(at..at, part.repeat(times)));
            }
            8 => {
                // A number in the place of whatever is there, as a length or a count would be.
                let edge = EDGES[self.below(EDGES.len())].to_be_bytes();
                let width = [1, 2, 4, 8][self.below(4)];
                let end = (at + width).min(input.len());
                drop(input.splice(at..end, edge[8 - width..].iter().copied()));
            }
            9 => {
                let edge = EDGES[self.below(EDGES.len())].to_string();
                drop(input.splice(at..at, edge.into_bytes()));
            }
            _ => {
                if let Some(word) = words.get(self.below(words.len())) {
                    drop(input.splice(at..at, word.bytes()));
                }
            }
        }
    }
}
