//! How many shards of a build are a worker's share.

/// Of `shards`, those of the worker that stands at `rank` among `workers`. Everybody computes the same: the shares
/// add up to all shards, differ by one at most, and who has one more differs from projection to projection.
pub(crate) fn quota(projection: &str, shards: usize, rank: usize, workers: usize) -> usize {
    let workers = workers.max(1);
    shards / workers + usize::from((rank + turn(projection) % workers) % workers < shards % workers)
}

/// FNV-1a, of which the upper half is the better one.
fn turn(projection: &str) -> usize {
    let hash = projection.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    usize::from((hash >> 48) as u16)
}

#[cfg(test)]
mod tests {
    use super::quota;

    #[test]
    fn shares_add_up_to_all_shards_and_differ_by_one_at_most() {
        for (projection, shards, workers) in
            (1..9).flat_map(|shards| (1..9).map(move |workers| ("apps", shards, workers)))
        {
            let shares: Vec<_> = (0..workers).map(|rank| quota(projection, shards, rank, workers)).collect();
            assert_eq!(shares.iter().sum::<usize>(), shards);
            assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1, "{shares:?}");
        }
    }

    #[test]
    fn projections_of_one_shard_are_spread_over_the_workers() {
        let first = |projection| quota(projection, 1, 0, 2);
        let held: usize = ["directory", "access_requests", "networks"].map(first).iter().sum();
        assert!((1..3).contains(&held), "{held}");
    }
}
