//! Numbers by a hash of what they stand for.
//!
//! Our own, because nothing is ever taken out and a number needs four bytes: linear probing over eight bytes a bucket
//! costs one cache miss where a general table costs two, and it grows without a look at what the numbers stand for.

/// Upper half: the hash. Lower half: the number and 1. Zero: empty.
type Bucket = u64;

#[derive(Debug, Default)]
pub(super) struct Index {
    /// None, or a power of two.
    buckets: Vec<Bucket>,
    len: usize,
}

impl Index {
    /// The number with this hash that is meant.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_meant: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = hash >> 32;
        loop {
            let bucket = *self.buckets.get(self.bucket(at)?)?;
            let number = number(bucket)?;
            if (bucket ^ hash) >> 32 == 0 && is_meant(number) {
                return Some(number);
            }
            at += 1;
        }
    }

    /// Adds a number that is not there.
    pub(super) fn insert(&mut self, hash: u64, number: u32) {
        if (self.len + 1) * 4 > self.buckets.len() * 3 {
            let buckets = vec![0; (self.buckets.len() * 2).max(16)];
            let before = std::mem::replace(&mut self.buckets, buckets);
            before.into_iter().filter(|bucket| *bucket != 0).for_each(|bucket| self.put(bucket));
        }
        self.put(hash >> 32 << 32 | (u64::from(number) + 1));
        self.len += 1;
    }

    fn put(&mut self, bucket: Bucket) {
        let mut at = bucket >> 32;
        while let Some(taken) = self.bucket(at).and_then(|at| self.buckets.get_mut(at)) {
            if *taken == 0 {
                *taken = bucket;
                return;
            }
            at += 1;
        }
    }

    fn bucket(&self, at: u64) -> Option<usize> {
        let mask = self.buckets.len().checked_sub(1)?;
        usize::try_from(at).ok().map(|at| at & mask)
    }
}

fn number(bucket: Bucket) -> Option<u32> {
    let lower = bucket & u64::from(u32::MAX);
    u32::try_from(lower).ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_one_hash_are_all_found() {
        let mut index = Index::default();
        assert_eq!(index.find(0, |_| true), None);
        // Hashes that collide in full, in their bucket, and at the end of the table.
        let hash = |number: u32| [7 << 32, u64::MAX, u64::from(number) << 32][number as usize % 3];
        for number in 0..1000 {
            index.insert(hash(number), number);
        }
        for number in 0..1000 {
            assert_eq!(index.find(hash(number), |found| found == number), Some(number));
            assert_eq!(index.find(hash(number), |_| false), None);
        }
    }
}
