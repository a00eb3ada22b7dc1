//! The door that is in the gateway's own process: the SDK's gate.

use async_nats::ConnectOptions;
use chancery_sdk::{
    Api, Gate, GateSettings, Topology,
    gate::{Issuer, Nats, Request},
};

use super::{
    story::{AUDIENCE, ISSUER, Story},
    table::Case,
    ways::{Door, environment},
};
use crate::{cast::Bearer, world::World};

/// A gate in this process.
pub(super) struct Embedded<'a> {
    world: &'a World,
    pub(super) gate: Gate,
}

impl<'a> Embedded<'a> {
    /// With what is usual, over HTTP.
    pub(super) fn new(story: &'a Story) -> Self {
        Self::start(&story.world, &story.server.url, &story.gateway, settings())
    }

    pub(super) fn start(world: &'a World, url: &str, gateway: &Bearer, settings: GateSettings) -> Self {
        let api = Api::new(url, &gateway.token).unwrap();
        Self { world, gate: world.block_on(Gate::start(api, settings)).unwrap() }
    }

    pub(super) fn asked(&self, request: &Request<'_>) -> (String, u16) {
        let decision = self.world.block_on(self.gate.authorize(request));
        (decision.code().to_owned(), decision.status())
    }
}

impl Door for Embedded<'_> {
    fn name(&self) -> &'static str {
        "the gate in process"
    }

    fn decide(&mut self, case: &Case) -> Option<(String, u16)> {
        Some(self.asked(&Request {
            method: case.method,
            path: &case.path,
            environment: Some(environment(case)),
            app_key: case.app_key.as_deref().into(),
            authorization: case.authorization.as_deref().into(),
        }))
    }
}

/// Of a gate over HTTP alone.
pub(super) fn settings() -> GateSettings {
    GateSettings::new(Issuer { url: ISSUER.to_owned(), audience: AUDIENCE.to_owned() })
}

/// Of a gate over NATS, as whoever reads the events there.
pub(super) fn over_nats(world: &World) -> GateSettings {
    let connecting = ConnectOptions::new().retry_on_initial_connect().connect(world.nats.reader_url());
    let client = world.block_on(connecting).unwrap();
    GateSettings { nats: Some(Nats { client, topology: Topology::default() }), ..settings() }
}
