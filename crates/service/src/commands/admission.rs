//! How many strangers may ask for access (rule 1): counted in Postgres, so that it holds across processes and restarts
//! (`migrations/V6__access.sql`).

use std::{net::IpAddr, time::Duration};

use chancery_domain::AccessRequestId;
use chancery_journal::Journal;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::CommandError;

/// Requests within an hour from one address.
const OF_SENDER: i32 = 5;
/// Requests that wait for a decision.
const UNDECIDED: i32 = 1000;

/// Who was let in to ask.
#[derive(Debug)]
pub(super) struct Admissions {
    journal: Journal,
    /// Makes an address into what is kept of it. The database's own, for ever.
    key: OnceCell<Vec<u8>>,
}

impl Admissions {
    pub(super) fn new(journal: Journal) -> Self {
        Self { journal, key: OnceCell::new() }
    }

    /// Lets the request in, unless there are too many.
    pub(super) async fn admit(
        &self,
        request_id: AccessRequestId,
        address: IpAddr,
    ) -> Result<(), CommandError> {
        let client = self.journal.client().await?;
        let key = "SELECT sender_key FROM public.access_admission_control";
        let key = self.key.get_or_try_init(|| async { client.query_one(key, &[]).await?.try_get(0) });
        let sender = sender(key.await.map_err(CommandError::Admissions)?, address);
        let sql = "SELECT refused, retry_after FROM public.admit_access_request($1, $2, $3, $4)";
        let row = client.query_one(sql, &[&request_id.0, &sender, &OF_SENDER, &UNDECIDED]).await;
        let row = row.map_err(CommandError::Admissions)?;
        let Some(refused) = row.get::<_, Option<&str>>(0) else { return Ok(()) };
        let retry_after = Duration::from_secs(row.get::<_, i32>(1).max(1).unsigned_abs().into());
        Err(if refused == "full" {
            CommandError::AccessRequestsFull { retry_after }
        } else {
            CommandError::TooManyRequests { retry_after }
        })
    }

    /// The request was not made after all.
    pub(super) async fn withdraw(&self, request_id: AccessRequestId) {
        self.note("DELETE FROM public.access_admissions WHERE request_id = $1", request_id).await;
    }

    /// The request waits no more. If this cannot be noted, it is found in the log before anybody is refused for it.
    pub(super) async fn decided(&self, request_id: AccessRequestId) {
        self.note("UPDATE public.access_admissions SET decided = true WHERE request_id = $1", request_id)
            .await;
    }

    async fn note(&self, sql: &str, request_id: AccessRequestId) {
        let noted: Result<u64, CommandError> = async {
            let client = self.journal.client().await?;
            client.execute(sql, &[&request_id.0]).await.map_err(CommandError::Admissions)
        }
        .await;
        if let Err(error) = noted {
            tracing::warn!(%error, %request_id, "an access request counts longer than it should");
        }
    }
}

/// What is kept of an address, for as long as it counts: with the key alone it can be tried whether an address is the
/// one, without the key not even that. Both parts have one length, so no two pairs are hashed alike.
fn sender(key: &[u8], address: IpAddr) -> Vec<u8> {
    Sha256::new().chain_update(key).chain_update(network(address)).finalize().to_vec()
}

/// Whoever has an IPv6 address has the 2^64 beside it too.
fn network(address: IpAddr) -> [u8; 16] {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => (address.to_bits() & (u128::MAX << 64)).to_be_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_an_ipv4_address_or_an_ipv6_network() {
        let sender = |address: &str| sender(b"key", address.parse().unwrap());
        assert_eq!(sender("2001:db8::1"), sender("2001:db8::ffff:0:0:2"));
        assert_ne!(sender("2001:db8::1"), sender("2001:db8:0:1::1"));
        assert_eq!(sender("192.0.2.1"), sender("::ffff:192.0.2.1"));
        assert_ne!(sender("192.0.2.1"), sender("192.0.2.2"));
        assert_ne!(sender("192.0.2.1"), super::sender(b"kez", "192.0.2.1".parse().unwrap()));
    }
}
