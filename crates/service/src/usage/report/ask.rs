//! What a report is about.

use chancery_domain::Instance;
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    super::{
        Granularity,
        counts::{BY_APP, BY_ENVIRONMENT, BY_TENANT, PEAKS},
    },
    Cursor, Dimension,
};

/// Whose calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    App(Uuid),
    Instance(Instance),
    All,
}

/// A question to the tables of usage.
#[derive(Debug, Clone)]
pub struct Ask {
    pub scope: Scope,
    pub granularity: Granularity,
    /// The span that holds it is the first one.
    pub from: Timestamp,
    /// No span that begins then or later.
    pub to: Timestamp,
    pub group_by: Vec<Dimension>,
    /// The last row of the page before.
    pub after: Option<Cursor>,
    pub limit: usize,
}

impl Ask {
    /// Which kept peaks are those of the groups: the one by just what groups have in common, or by a little more, or 0
    /// where a group is less than all calls of an app, a tenant and an environment.
    pub(super) fn peak_of(&self) -> i16 {
        let scope = match self.scope {
            Scope::App(_) => BY_APP,
            Scope::Instance(_) => BY_TENANT | BY_ENVIRONMENT,
            Scope::All => 0,
        };
        let bits = self.group_by.iter().map(|dimension| dimension.peak_bit());
        let Some(common) = bits.collect::<Option<Vec<i16>>>() else { return 0 };
        let common = common.into_iter().fold(scope, |common, bit| common | bit);
        PEAKS.into_iter().find(|peak| peak & common == common).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use chancery_domain::TenantId;

    use super::*;

    #[test]
    fn peaks_are_those_of_what_the_groups_have_in_common() {
        use Dimension::{App, Environment, Operation, Outcome, Tenant};
        let app = Scope::App(Uuid::nil());
        let tenant = Scope::Instance(Instance {
            tenant_id: TenantId::new(1001).unwrap(),
            environment: chancery_domain::Environment::production(),
        });
        for (scope, group_by, bits) in [
            (Scope::All, &[][..], 8),
            (Scope::All, &[App], 8 | 1),
            (Scope::All, &[Environment], 8 | 1 | 4),
            (Scope::All, &[Tenant], 8 | 2 | 4),
            (Scope::All, &[App, Tenant, Environment], 8 | 1 | 2 | 4),
            (Scope::All, &[Operation], 0),
            (app.clone(), &[], 8 | 1),
            (app.clone(), &[Environment], 8 | 1 | 4),
            (app.clone(), &[Tenant], 8 | 1 | 2 | 4),
            (app, &[Tenant, Outcome], 0),
            (tenant.clone(), &[], 8 | 2 | 4),
            (tenant, &[App], 8 | 1 | 2 | 4),
        ] {
            let begin = Timestamp::UNIX_EPOCH;
            let group_by = group_by.to_vec();
            let granularity = Granularity::Hour;
            let ask = Ask { scope, granularity, from: begin, to: begin, group_by, after: None, limit: 1 };
            assert_eq!(ask.peak_of(), bits, "{ask:?}");
        }
    }
}
