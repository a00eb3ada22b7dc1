//! Who plays in the demo. Everybody is made up.

/// Where every tenant exists.
pub(super) const ENVIRONMENTS: [&str; 2] = ["production", "integration"];

/// A person. The id says nothing about who it is, as in production.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
}

/// A third party.
#[derive(Debug)]
pub(super) struct ThirdParty {
    pub(super) name: &'static str,
    /// Its one instance, in `integration`.
    pub(super) integration_tenant_id: u64,
    pub(super) developer: Person,
    pub(super) admin: Person,
}

/// A customer with its tenants.
#[derive(Debug)]
pub(super) struct Customer {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) tenants: &'static [(u64, &'static str)],
    /// Decides for all of them.
    pub(super) admin: Person,
}

pub(super) const REVIEWER: Person = person("person-101", "Ruth Okafor");
pub(super) const AUDITOR: Person = person("person-102", "Anselm Vries");
pub(super) const OPERATOR: Person = person("person-103", "Odile Marsh");

/// Somebody who asks for access.
#[derive(Debug)]
pub(super) struct Stranger {
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) company: &'static str,
    pub(super) purpose: &'static str,
}

/// Is let in, and gets this integration instance.
pub(super) const NEWCOMER: Stranger = Stranger {
    name: "Hester Brandt",
    email: "hester@larkfield.example",
    company: "Larkfield Analytics",
    purpose: "Reports on callbacks and on how long jobs really take, for contractors with several branches.",
};
pub(super) const NEWCOMERS_TENANT: (u64, &str) = (9002, "Larkfield Analytics Integration");
pub(super) const NEWCOMERS_ADMIN: Person = person("person-204", "Emil Sato");

/// Is not let in.
pub(super) const TURNED_AWAY: Stranger = Stranger {
    name: "Rex Colby",
    email: "rex@leadpile.example",
    company: "Leadpile",
    purpose: "Access to customers' phone numbers, to sell them on.",
};

/// Is still waiting.
pub(super) const WAITING: Stranger = Stranger {
    name: "Ines Duarte",
    email: "ines@paperlane.example",
    company: "Paperlane",
    purpose: "Filing signed estimates with the customer's bookkeeper.",
};

/// Builds the app that serves ten tenants.
pub(super) const THIRD_PARTY: ThirdParty = ThirdParty {
    name: "Brightpath Software",
    integration_tenant_id: 9001,
    developer: person("person-201", "Mira Castellan"),
    admin: person("person-202", "Tomas Lindqvist"),
};

/// Builds an app for itself.
pub(super) const CUSTOMER_DEVELOPER: Person = person("person-301", "Jonah Pryce");

/// The first one builds apps, the last one never connects the app that the others have.
pub(super) const CUSTOMERS: [Customer; 6] = [
    Customer {
        id: "northwind",
        name: "Northwind Mechanical",
        tenants: &[(1001, "Northwind Mechanical Denver"), (1002, "Northwind Mechanical Boulder")],
        admin: person("person-401", "Dana Whitlock"),
    },
    Customer {
        id: "calder",
        name: "Calder Plumbing",
        tenants: &[(2001, "Calder Plumbing East"), (2002, "Calder Plumbing West")],
        admin: person("person-402", "Iris Calder"),
    },
    Customer {
        id: "juniper",
        name: "Juniper Electric",
        tenants: &[(3001, "Juniper Electric Residential"), (3002, "Juniper Electric Commercial")],
        admin: person("person-403", "Sol Hartmann"),
    },
    Customer {
        id: "harbor",
        name: "Harbor Heating and Air",
        tenants: &[(4001, "Harbor Heating North"), (4002, "Harbor Heating South")],
        admin: person("person-404", "Petra Nkemelu"),
    },
    Customer {
        id: "redwood",
        name: "Redwood Roofing",
        tenants: &[(5001, "Redwood Roofing"), (5002, "Redwood Gutters")],
        admin: person("person-405", "Felix Amaral"),
    },
    Customer {
        id: "summit",
        name: "Summit Garage Doors",
        tenants: &[(6001, "Summit Garage Doors")],
        admin: person("person-406", "Noor Halvorsen"),
    },
];

const fn person(id: &'static str, name: &'static str) -> Person {
    Person { id, name }
}
