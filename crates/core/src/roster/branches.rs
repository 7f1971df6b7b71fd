//! Which entries of a forked log a removed device's accepted heads leave out.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::EntryHash;
use crate::log::Head;

/// An entry as a link of its log's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its number.
    pub n: u64,
    /// Its hash.
    pub hash: EntryHash,
    /// Hash of the entry before.
    pub prev: EntryHash,
}

/// Entries below an accepted head's number that lead to none of those heads that are held.
///
/// A head that is not held takes in every entry below its number: nobody can tell yet which of
/// them lead to it.
pub(super) fn beside(accepted: &[Head], links: &[Link]) -> BTreeSet<EntryHash> {
    let by_hash: BTreeMap<EntryHash, &Link> = links.iter().map(|link| (link.hash, link)).collect();
    let mut leading = BTreeSet::new();
    let (mut below, mut taken_in) = (0, 0);
    for head in accepted {
        below = below.max(head.next);
        let mut at = by_hash.get(&head.hash).filter(|link| link.n + 1 == head.next);
        if at.is_none() {
            taken_in = taken_in.max(head.next);
        }
        while let Some(link) = at.filter(|link| leading.insert(link.hash)) {
            at = by_hash.get(&link.prev);
        }
    }
    let beside =
        |link: &&Link| link.n < below && link.n >= taken_in && !leading.contains(&link.hash);
    links.iter().filter(beside).map(|link| link.hash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(of: u8) -> EntryHash {
        EntryHash([of; 32])
    }

    fn link(n: u64, of: u8, prev: u8) -> Link {
        Link { n, hash: hash(of), prev: hash(prev) }
    }

    /// 1 – 2 – 3 – 4, and 12 – 13 beside from the first on.
    fn forked() -> [Link; 6] {
        [
            link(0, 1, 0),
            link(1, 2, 1),
            link(2, 3, 2),
            link(3, 4, 3),
            link(1, 12, 1),
            link(2, 13, 12),
        ]
    }

    fn left_out(accepted: &[(u64, u8)]) -> Vec<u8> {
        let heads: Vec<Head> =
            accepted.iter().map(|(next, of)| Head { next: *next, hash: hash(*of) }).collect();
        beside(&heads, &forked()).into_iter().map(|hash| hash.0[0]).collect()
    }

    #[test]
    fn only_the_accepted_branch_counts() {
        assert_eq!(left_out(&[(3, 3)]), [12, 13]);
        assert_eq!(left_out(&[(3, 13)]), [2, 3]);
    }

    #[test]
    fn with_a_head_on_either_branch_both_count() {
        assert_eq!(left_out(&[(3, 3), (3, 13)]), [0; 0]);
        assert_eq!(left_out(&[(4, 4), (2, 12)]), [13]);
    }

    #[test]
    fn a_head_that_is_not_held_leaves_nothing_below_it_out() {
        assert_eq!(left_out(&[(3, 99)]), [0; 0]);
        assert_eq!(left_out(&[(2, 99), (4, 4)]), [13]);
    }
}
