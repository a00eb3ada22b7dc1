//! Events of the scope catalog.

use chancery_domain::{CatalogScope, Operation, Scope, ScopeCatalogPublished};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
    word,
};

impl Translate for ScopeCatalogPublished {
    type Message = v1::ScopeCatalogPublished;

    fn to_wire(&self) -> Self::Message {
        v1::ScopeCatalogPublished {
            scopes: self.scopes.iter().map(Translate::to_wire).collect(),
            operations: self.operations.iter().map(Translate::to_wire).collect(),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            scopes: read::each(&message.scopes, CatalogScope::to_domain)?,
            operations: read::each(&message.operations, Operation::to_domain)?,
        })
    }
}

impl Translate for CatalogScope {
    type Message = v1::Scope;

    fn to_wire(&self) -> Self::Message {
        v1::Scope {
            scope: self.scope.to_string(),
            module: self.module.clone(),
            resource: self.resource.clone(),
            access: word::access::to_wire(self.access),
            title: self.title.clone(),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            scope: Scope::recorded(message.scope.as_str()),
            module: message.module.clone(),
            resource: message.resource.clone(),
            access: word::access::to_domain("scopes.access", message.access)?,
            title: message.title.clone(),
        })
    }
}

impl Translate for Operation {
    type Message = v1::Operation;

    fn to_wire(&self) -> Self::Message {
        v1::Operation {
            id: self.id.clone(),
            module: self.module.clone(),
            method: self.method.clone(),
            path: self.path.clone(),
            scope: self.scope.to_string(),
            kind: word::operation_kind::to_wire(self.kind),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            id: message.id.clone(),
            module: message.module.clone(),
            method: message.method.clone(),
            path: message.path.clone(),
            scope: Scope::recorded(message.scope.as_str()),
            kind: word::operation_kind::to_domain("operations.kind", message.kind)?,
        })
    }
}
