//! How often somebody may be wrong: per client id and per address, in a window of a minute.
//!
//! Only what is wrong counts, and only what is wrong is refused, so nobody is locked out by the guesses of others.

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

impl Guesses {
    /// Counts one that was wrong; says when to try again, if it is one too many.
    pub(super) fn admit(&self, client_id: &str, address: IpAddr) -> Result<(), ConnectError> {
        self.admit_at(client_id, address, Instant::now())
    }

    fn admit_at(&self, client_id: &str, address: IpAddr, now: Instant) -> Result<(), ConnectError> {
        // Both count, whatever the first one says.
        let of_address = self.count(b'a', address.to_string().as_bytes(), OF_AN_ADDRESS, now);
        let of_client = self.count(b'c', client_id.as_bytes(), OF_A_CLIENT, now);
        match of_address.into_iter().chain(of_client).max() {
            Some(retry_after) => Err(ConnectError::TooManyGuesses { retry_after }),
            None => Ok(()),
        }
    }

    /// How long to wait, where this is one too many.
    fn count(&self, kind: u8, name: &[u8], most: u32, now: Instant) -> Option<Duration> {
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
        (wrong > most).then(|| WINDOW.saturating_sub(now.duration_since(count.since)))
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
            assert!(guesses.admit_at("cid.a", address(at), now).is_ok());
        }
        assert!(guesses.admit_at("cid.a", address(200), now).is_err());
        assert!(guesses.admit_at("cid.b", address(200), now).is_ok());
        assert!(guesses.admit_at("cid.a", address(200), now + WINDOW).is_ok());
    }

    #[test]
    fn one_address_is_wrong_a_hundred_times_a_minute_whomever_it_names() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for client in 0..100 {
            assert!(guesses.admit_at(&format!("cid.{client}"), address(1), now).is_ok());
        }
        let refused = guesses.admit_at("cid.x", address(1), now + WINDOW / 2);
        let Err(ConnectError::TooManyGuesses { retry_after }) = refused else { panic!("{refused:?}") };
        assert_eq!(retry_after, WINDOW / 2);
        assert!(guesses.admit_at("cid.x", address(2), now).is_ok());
    }
}
