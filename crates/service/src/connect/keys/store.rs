//! Signing keys in Postgres, sealed.

use chancery_gate::verify::{Algorithm, AlgorithmUnknown};
use chancery_journal::{Journal, JournalError};
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::GenericClient;

use super::{
    key::{self, KeyError, SigningKey},
    master::{MasterKey, MasterKeyError},
    set::{KeySet, PublishedKey, VERIFIED_FOR},
};

/// A key is known to everybody who verifies for at least this long before it signs: longer than anybody keeps the
/// published set.
const PUBLISHED_BEFORE: SignedDuration = SignedDuration::from_mins(10);
/// "keys" in the key of the advisory lock: keys are made by one process at a time.
const LOCK: i64 = 0x6b65_7973;

/// Why the signing keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the table of signing keys cannot be reached")]
    Journal(#[from] JournalError),
    #[error("the table of signing keys cannot be used; was `chancery migrate` run?")]
    Query(#[from] tokio_postgres::Error),
    #[error(transparent)]
    Master(#[from] MasterKeyError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("a stored key has an algorithm of another version of this program")]
    Algorithm(#[from] AlgorithmUnknown),
    #[error("there is no signing key yet: the first `chancery serve` makes it")]
    None,
}

/// Where signing keys are kept.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) journal: Journal,
    pub(super) master: MasterKey,
}

impl Store {
    pub(super) async fn load(&self) -> Result<KeySet, KeysError> {
        let client = self.journal.client().await?;
        self.read(&**client).await
    }

    /// The keys, made if there are none: one that signs and the next one.
    pub(super) async fn ensure(&self, algorithm: Algorithm, now: Timestamp) -> Result<KeySet, KeysError> {
        let mut client = self.journal.client().await?;
        let transaction = client.transaction().await?;
        transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
        if self.read(&*transaction).await?.is_empty() {
            self.publish(&*transaction, algorithm, now, Some(now)).await?;
            self.publish(&*transaction, algorithm, now, None).await?;
        }
        transaction.commit().await?;
        self.load().await
    }

    /// The next key signs from now on, or from when it has been published for long enough; another next one is
    /// published; keys whose last token has ended go.
    pub(super) async fn rotate(&self, algorithm: Algorithm, now: Timestamp) -> Result<KeySet, KeysError> {
        let mut client = self.journal.client().await?;
        let transaction = client.transaction().await?;
        transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
        let keys = self.read(&*transaction).await?;
        if keys.is_empty() {
            return Err(KeysError::None);
        }
        let from = match keys.next() {
            Some(next) if next.key.algorithm() == algorithm => {
                let from = now.max(known_from(next.published_at));
                let sql = "UPDATE signing_keys SET signs_from = $2 WHERE kid = $1";
                transaction.execute(sql, &[&next.key.kid, &from]).await?;
                from
            }
            // The one that was to be next has another algorithm and never signed.
            other => {
                if let Some(next) = other {
                    transaction.execute("DELETE FROM signing_keys WHERE kid = $1", &[&next.key.kid]).await?;
                }
                let from = known_from(now);
                self.publish(&*transaction, algorithm, now, Some(from)).await?;
                from
            }
        };
        self.publish(&*transaction, algorithm, now, None).await?;
        for over in keys.over(now.min(from)) {
            transaction.execute("DELETE FROM signing_keys WHERE kid = $1", &[&over]).await?;
        }
        transaction.commit().await?;
        self.load().await
    }

    async fn publish(
        &self,
        client: &impl GenericClient,
        algorithm: Algorithm,
        published_at: Timestamp,
        signs_from: Option<Timestamp>,
    ) -> Result<(), KeysError> {
        let pkcs8 = key::generate(algorithm)?;
        let kid = SigningKey::read(algorithm, &pkcs8)?.kid;
        let sealed = self.master.seal(&kid, pkcs8)?;
        let sql = "INSERT INTO signing_keys (kid, algorithm, sealed, published_at, signs_from) \
                   VALUES ($1, $2, $3, $4, $5)";
        client.execute(sql, &[&kid, &algorithm.as_str(), &sealed, &published_at, &signs_from]).await?;
        Ok(())
    }

    async fn read(&self, client: &impl GenericClient) -> Result<KeySet, KeysError> {
        let sql = "SELECT kid, algorithm, sealed, published_at, signs_from FROM signing_keys";
        let mut keys = Vec::new();
        for row in client.query(sql, &[]).await? {
            let (kid, algorithm, sealed): (&str, &str, &[u8]) = (row.get(0), row.get(1), row.get(2));
            let pkcs8 = self.master.open(kid, sealed)?;
            let key = SigningKey::read(algorithm.parse()?, &pkcs8)?;
            keys.push(PublishedKey { key, published_at: row.get(3), signs_from: row.get(4) });
        }
        Ok(KeySet::new(keys))
    }
}

fn known_from(published_at: Timestamp) -> Timestamp {
    published_at.saturating_add(PUBLISHED_BEFORE).unwrap_or(published_at)
}

const _: () = assert!(VERIFIED_FOR.as_secs() > 900, "a key is verified until its last token has ended");
