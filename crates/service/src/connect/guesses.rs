//! How often somebody may be wrong: per client id and per address, in a window of a minute.
//!
//! Only what is wrong counts, and only what is wrong is refused, so nobody is locked out by the guesses of others. What is
//! not known here is taken for wrong until the log was looked at.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::ConnectError;

const WINDOW: Duration = Duration::from_mins(1);
/// Of one client id, from wherever.
const OF_A_CLIENT: u32 = 20;
/// Of one address, whomever it names: many clients may share one.
const OF_AN_ADDRESS: u32 = 100;
/// Client ids and addresses that are remembered; who makes up more of them meets the limit of its address.
const REMEMBERED: usize = 50_000;

/// Counts what was wrong.
#[derive(Debug)]
pub(super) struct Guesses {
    counts: Cache<[u8; 16], Arc<Count>>,
}

/// One that was wrong as far as is known here.
#[derive(Debug)]
pub(super) struct Guess {
    counts: [Arc<Count>; 2],
    too_many: Option<Duration>,
}

#[derive(Debug)]
struct Count {
    since: Instant,
    wrong: AtomicU32,
}

impl Default for Guesses {
    fn default() -> Self {
        Self { counts: Cache::new(REMEMBERED) }
    }
}

impl Guess {
    /// When to try again, if it is one too many.
    pub(super) fn refused(&self) -> Option<ConnectError> {
        self.too_many.map(|retry_after| ConnectError::TooManyGuesses { retry_after })
    }

    /// It was none: what is right does not count.
    pub(super) fn was_right(self) {
        for count in self.counts {
            count.wrong.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Guesses {
    /// Counts one that was wrong.
    pub(super) fn count(&self, client_id: &str, address: IpAddr) -> Guess {
        self.count_at(client_id, address, Instant::now())
    }

    fn count_at(&self, client_id: &str, address: IpAddr, now: Instant) -> Guess {
        // Both count, whatever the first one says.
        let (of_address, wait_of_address) =
            self.one(b'a', address.to_string().as_bytes(), OF_AN_ADDRESS, now);
        let (of_client, wait_of_client) = self.one(b'c', client_id.as_bytes(), OF_A_CLIENT, now);
        Guess { counts: [of_address, of_client], too_many: wait_of_address.max(wait_of_client) }
    }

    /// Its count, and how long to wait where this is one too many.
    fn one(&self, kind: u8, name: &[u8], most: u32, now: Instant) -> (Arc<Count>, Option<Duration>) {
        // A name may be as long as a request.
        let hash = Sha256::new_with_prefix([kind]).chain_update(name).finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&hash[..16]);
        let known = self.counts.get(&key).filter(|count| now.duration_since(count.since) < WINDOW);
        let count = known.unwrap_or_else(|| {
            let count = Arc::new(Count { since: now, wrong: AtomicU32::new(0) });
            self.counts.insert(key, count.clone());
            count
        });
        let wrong = count.wrong.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let wait = (wrong > most).then(|| WINDOW.saturating_sub(now.duration_since(count.since)));
        (count, wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn one_client_id_is_guessed_at_twenty_times_a_minute_from_wherever() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for at in 0..20 {
            assert!(guesses.count_at("cid.a", address(at), now).too_many.is_none());
        }
        assert!(guesses.count_at("cid.a", address(200), now).too_many.is_some());
        assert!(guesses.count_at("cid.b", address(200), now).too_many.is_none());
        assert!(guesses.count_at("cid.a", address(200), now + WINDOW).too_many.is_none());
    }

    #[test]
    fn one_address_is_wrong_a_hundred_times_a_minute_whomever_it_names() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for client in 0..100 {
            assert!(guesses.count_at(&format!("cid.{client}"), address(1), now).too_many.is_none());
        }
        let refused = guesses.count_at("cid.x", address(1), now + WINDOW / 2);
        assert_eq!(refused.too_many, Some(WINDOW / 2));
        assert!(guesses.count_at("cid.x", address(2), now).too_many.is_none());
    }

    #[test]
    fn who_turns_out_to_be_right_has_not_guessed() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for _ in 0..200 {
            guesses.count_at("cid.a", address(1), now).was_right();
        }
        for _ in 0..20 {
            assert!(guesses.count_at("cid.a", address(1), now).too_many.is_none());
        }
        let one_too_many = guesses.count_at("cid.a", address(1), now);
        assert!(one_too_many.too_many.is_some());
        one_too_many.was_right();
        assert!(guesses.count_at("cid.a", address(1), now).too_many.is_some());
    }
}
