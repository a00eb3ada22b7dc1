//! Generating secrets, of a connection or of a group.

use chancery_domain::{
    AppId, Event, GroupId, Instance, NetworkId, Overlap, StreamName,
    connection::shared_client,
    credential::{self, Facts, SharedFacts, Side},
};

use super::{
    super::{
        Answer, Caller, CommandError, Commands, apps::unchanged_since, fields::Fields, members::Members,
        plan::Plan,
    },
    GenerateSecret, GeneratedSecret, NewSecret,
};
use crate::states::Seen;

impl Commands {
    /// `POST /v1/tenants/{tenant}/{environment}/connections/{app}/secrets`
    pub async fn generate_secret_for_tenant(
        &self,
        caller: &Caller,
        instance: Instance,
        app_id: AppId,
        body: GenerateSecret,
    ) -> Result<Answer, CommandError> {
        caller.decides_for(&instance)?;
        self.generate_secret(caller, Side::TenantAdmin, app_id, instance, &body).await
    }

    /// `POST /v1/apps/{app}/connections/{tenant}/{environment}/secrets`
    pub async fn generate_secret_for_developer(
        &self,
        caller: &Caller,
        app_id: AppId,
        instance: Instance,
        body: GenerateSecret,
    ) -> Result<Answer, CommandError> {
        let side = Side::Developer(caller.organization()?);
        self.generate_secret(caller, side, app_id, instance, &body).await
    }

    async fn generate_secret(
        &self,
        caller: &Caller,
        side: Side,
        app_id: AppId,
        instance: Instance,
        body: &GenerateSecret,
    ) -> Result<Answer, CommandError> {
        let overlap = body.overlap()?;
        let secret = NewSecret::draw(&self.0.sources);
        let now = self.0.sources.now();
        let Instance { tenant_id, environment } = &instance;
        let stream = StreamName::Connection(app_id, *tenant_id, environment.clone());
        let decide = |seen: &Seen| {
            seen.need([StreamName::App(app_id), StreamName::Listing(app_id, *tenant_id), stream.clone()])?;
            let connection = seen.connection(app_id, &instance)?;
            let state = match connection.standing() {
                Some(grant) => seen.credential(&grant.client_id)?,
                None => credential::State::Absent,
            };
            let facts = Facts {
                app: &seen.app(app_id)?,
                listing: &seen.listing(app_id, *tenant_id)?,
                connection: &connection,
            };
            let command = credential::Generate {
                side,
                instance: instance.clone(),
                secret: secret.kept(),
                overlap,
                now,
            };
            let events = credential::generate(command, &state, &facts)?;
            unchanged_since(caller, seen, &stream)?;
            Ok(answer(events, &secret).about(stream.clone()))
        };
        self.0.executor.execute(caller, &[], decide).await
    }

    /// `POST /v1/networks/{network}/groups/{group}/connections/{app}/secrets`
    pub async fn generate_group_secret(
        &self,
        caller: &Caller,
        network_id: NetworkId,
        group_id: GroupId,
        app_id: AppId,
        body: GenerateSecret,
    ) -> Result<Answer, CommandError> {
        let organization_id = caller.organization()?;
        let overlap = body.overlap()?;
        let secret = NewSecret::draw(&self.0.sources);
        let now = self.0.sources.now();
        let stream = StreamName::Group(group_id);
        let decide = |seen: &Seen| {
            seen.need([StreamName::App(app_id), stream.clone()])?;
            // Who may not see the group causes no look at its members.
            seen.group(group_id)?.owned_by(organization_id, network_id)?;
            let Members { group, connections } = Members::of(seen, app_id, group_id)?;
            let state = match shared_client(group_id, &connections) {
                Some(client_id) => seen.credential(client_id)?,
                None => credential::State::Absent,
            };
            let facts = SharedFacts { app: &seen.app(app_id)?, group: &group, members: &connections };
            let command = credential::GenerateShared {
                organization_id,
                network_id,
                secret: secret.kept(),
                overlap,
                now,
            };
            let events = credential::generate_shared(command, &state, &facts)?;
            unchanged_since(caller, seen, &stream)?;
            Ok(answer(events, &secret).about(stream.clone()))
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}

impl GenerateSecret {
    fn overlap(&self) -> Result<Overlap, CommandError> {
        let mut fields = Fields::default();
        let overlap = match &self.retire_previous_after {
            Some(text) => fields.read("/retire_previous_after", text.parse()),
            None => Some(Overlap::default()),
        };
        fields.done(overlap)
    }
}

fn answer(events: Vec<Event>, secret: &NewSecret) -> Plan {
    let Some(Event::SecretGenerated(generated)) = events.first() else {
        unreachable!("generating decides one event, or refuses")
    };
    let kept = GeneratedSecret {
        client_id: generated.client_id.to_string(),
        client_secret: None,
        secret_id: generated.secret_id.0,
        hint: generated.hint.to_string(),
        previous_retires_at: generated.previous_retires_at,
        secret_shown: true,
    };
    let shown = GeneratedSecret {
        client_secret: Some(secret.text().to_owned()),
        secret_shown: false,
        ..kept.clone()
    };
    Plan::new(201, events, &kept).shown(&shown)
}
