//! What calls are counted under (rule 31): borrowed while a call is recorded, owned once for all calls like it.
//!
//! Nothing here can hold a secret or a token. Ids are types that only a name or a UUID fits into, an outcome is one of
//! the gate's own words, and every other word is looked at when its key is first seen: one that could be a secret is
//! not kept.

use chancery_gate::{Aim, Allowed, Claims, ClientId, Denial};
use chancery_wire::usage::{ALLOWED, Dimensions};
use uuid::Uuid;

/// The longest word that is kept, in bytes. A signed token is longer.
const LONGEST: usize = 128;
const _: () = assert!(LONGEST <= Dimensions::MAX_TEXT);
/// Letters and digits in a row that no name of a catalog has, and every secret and every token.
const SECRETIVE: usize = 40;

/// What is known of a call. A call that was refused before its token verified has an outcome and little more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key<'a> {
    pub app_id: Option<Uuid>,
    /// The version that the tenant granted.
    pub version: Option<u32>,
    pub tenant_id: Option<u64>,
    pub group_id: Option<Uuid>,
    pub environment: Option<&'a str>,
    pub client_id: Option<ClientId>,
    /// The secret that the token was issued on: its id, never itself.
    pub secret_id: Option<Uuid>,
    pub module: Option<&'a str>,
    /// The catalog's id of the operation.
    pub operation: Option<&'a str>,
    pub method: Option<&'a str>,
    pub scope: Option<&'a str>,
    pub report_id: Option<&'a str>,
    pub outcome: Outcome,
}

/// What the gate said. Its words are fixed, so there are few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Outcome(&'static str);

impl Outcome {
    pub const ALLOWED: Self = Self(ALLOWED);

    /// A word in `snake_case` that stands in the program: nothing that came with a call can be one.
    pub const fn of(word: &'static str) -> Self {
        Self(word)
    }

    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl From<&Denial> for Outcome {
    fn from(denial: &Denial) -> Self {
        Self(denial.code())
    }
}

impl<'a> Key<'a> {
    /// Nothing is known but how it ended.
    pub const fn only(outcome: Outcome) -> Self {
        Self {
            app_id: None,
            version: None,
            tenant_id: None,
            group_id: None,
            environment: None,
            client_id: None,
            secret_id: None,
            module: None,
            operation: None,
            method: None,
            scope: None,
            report_id: None,
            outcome,
        }
    }

    /// A call that may pass. The rest of it the caller knows: who asked, how and where.
    pub const fn allowed(
        allowed: &Allowed<'a>,
        secret_id: Uuid,
        environment: &'a str,
        method: &'a str,
    ) -> Self {
        Self {
            app_id: Some(allowed.app_id),
            version: Some(allowed.granted_version),
            tenant_id: Some(allowed.tenant_id),
            group_id: allowed.group_id,
            environment: Some(environment),
            client_id: Some(allowed.client_id),
            secret_id: Some(secret_id),
            module: Some(allowed.module),
            operation: Some(allowed.operation),
            method: Some(method),
            scope: Some(allowed.scope),
            report_id: allowed.report,
            outcome: Outcome::ALLOWED,
        }
    }

    /// A call that was refused. What its token vouches for is known where it verified and the decision is about it, and
    /// of the rest what the gate says that it was aimed at.
    pub fn refused(
        denial: &Denial,
        vouched: Option<(&Claims, &Aim<'a>)>,
        environment: Option<&'a str>,
        method: &'a str,
    ) -> Self {
        let only = Self { environment, ..Self::only(denial.into()) };
        let Some((claims, aim)) = vouched else { return only };
        Self {
            app_id: Some(claims.app_id),
            version: aim.connection.map(|connection| connection.granted_version),
            // Only tenants that the credential has to do with: anybody can write any number into a path.
            tenant_id: aim.connection.and(aim.tenant_id),
            group_id: aim.connection.and_then(|connection| connection.group_id),
            client_id: Some(claims.client_id),
            secret_id: Some(claims.sid),
            module: aim.operation.map(|operation| operation.module),
            operation: aim.operation.map(|operation| operation.id),
            method: aim.operation.map(|_| method),
            scope: aim.operation.map(|operation| operation.scope),
            report_id: aim.connection.and(aim.operation).and_then(|operation| operation.report),
            ..only
        }
    }

    fn words(&self) -> [Option<&'a str>; 6] {
        [self.environment, self.module, self.operation, self.method, self.scope, self.report_id]
    }
}

/// A key of the meter's own.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Known {
    key: Key<'static>,
    /// The words of the key, in its order; those in `key` are empty.
    words: [Option<Box<str>>; 6],
}

impl Known {
    /// `None` where a word could be a secret, or a batch has no place for a number.
    pub(super) fn of(key: &Key<'_>) -> Option<Self> {
        let words = key.words();
        let kept = words.iter().flatten().all(|word| is_harmless(word))
            && key.version.is_none_or(|version| i32::try_from(version).is_ok_and(|version| version > 0))
            && key.tenant_id.is_none_or(|tenant| (1..=Dimensions::MAX_TENANT).contains(&tenant));
        kept.then(|| Self { key: ids(key), words: words.map(|word| word.map(Box::from)) })
    }

    /// What is beyond the bound: an outcome, and that it is not told apart any further.
    pub(super) fn other(outcome: Outcome) -> Self {
        let mut words = [const { None }; 6];
        words[2] = Some(Box::from(super::OTHER));
        Self { key: Key::only(outcome), words }
    }

    pub(super) fn is(&self, key: &Key<'_>) -> bool {
        ids(key) == self.key && key.words().iter().zip(&self.words).all(|(word, own)| *word == own.as_deref())
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.key.outcome
    }

    pub(super) fn dimensions(&self) -> Dimensions {
        let key = &self.key;
        let [environment, module, operation, method, scope, report_id] =
            self.words.each_ref().map(|word| word.as_deref().map(str::to_owned));
        Dimensions {
            app_id: key.app_id,
            version: key.version,
            tenant_id: key.tenant_id,
            group_id: key.group_id,
            environment,
            client_id: key.client_id.map(|client_id| client_id.to_string()),
            secret_id: key.secret_id,
            module,
            operation,
            method,
            scope,
            report_id,
            outcome: key.outcome.0.to_owned(),
        }
    }
}

/// The key without its words.
fn ids(key: &Key<'_>) -> Key<'static> {
    Key {
        app_id: key.app_id,
        version: key.version,
        tenant_id: key.tenant_id,
        group_id: key.group_id,
        client_id: key.client_id,
        secret_id: key.secret_id,
        ..Key::only(key.outcome)
    }
}

fn is_harmless(word: &str) -> bool {
    let longest = word.split(|c: char| !c.is_ascii_alphanumeric()).map(str::len).max();
    (1..=LONGEST).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_graphic())
        && longest.is_none_or(|run| run < SECRETIVE)
}
