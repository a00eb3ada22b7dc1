//! Folding the log.

use std::num::NonZeroU32;

use chancery_wire::{DecodeError, Event, Position, Recorded, v1};
use uuid::Uuid;

use crate::{
    AppKey, ClientId, Gate, Limit,
    connections::{Place, State},
    limits::Report,
    router::{self, OperationKind, Router},
};

/// Why an event was not folded. The gate is as it was before it.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("event {found} does not follow {expected}: fill the gap from the log")]
    Gap { expected: Position, found: Position },
    #[error("event {position} cannot be read")]
    Decode { position: Position, source: DecodeError },
    #[error("field {field} of event {position} cannot be used")]
    Field { position: Position, field: &'static str },
}

/// The field of an event that holds nothing usable.
struct Unusable(&'static str);

impl Gate {
    /// Folds the next event. One that was folded before changes nothing.
    ///
    /// An event of an unknown type is passed over: what an old gate does not know cannot open anything.
    pub fn apply(&mut self, event: &Recorded) -> Result<(), ApplyError> {
        let position = event.position;
        if position < self.position.next() {
            return Ok(());
        }
        match event.decode() {
            Ok(message) => self.apply_decoded(event, Some(&message)),
            Err(DecodeError::UnknownType(_)) => self.apply_decoded(event, None),
            Err(source) => Err(ApplyError::Decode { position, source }),
        }
    }

    /// Goes on to `position`, if it is not there yet, as though nothing had happened until then: for who asks about
    /// something that only few events are about, and folds those alone.
    pub fn pass_over(&mut self, position: Position) {
        self.position = self.position.max(position);
    }

    /// As [`Self::apply`], for who has decoded the event already; `None` where its type is unknown.
    pub fn apply_decoded(&mut self, event: &Recorded, message: Option<&Event>) -> Result<(), ApplyError> {
        let (position, expected) = (event.position, self.position.next());
        if position < expected {
            return Ok(());
        }
        if position > expected {
            return Err(ApplyError::Gap { expected, found: position });
        }
        if let Some(message) = message {
            let unusable = |Unusable(field)| ApplyError::Field { position, field };
            self.fold(message, event).map_err(unusable)?;
        }
        self.position = position;
        Ok(())
    }

    fn fold(&mut self, message: &Event, event: &Recorded) -> Result<(), Unusable> {
        match message {
            Event::ScopeCatalogPublished(catalog) => self.publish(catalog),
            Event::AppCreated(app) => {
                let key = AppKey::parse(&app.app_key).ok_or(Unusable("app_key"))?;
                let scopes = self.names.scopes(&app.scopes);
                self.apps.create(uuid("app_id", &app.app_id)?, key, vec![scopes]);
            }
            Event::ScopesEdited(edited) => {
                let version = published(edited.version, event.position)?;
                let scopes = self.names.scopes(&edited.scopes);
                self.apps.publish(uuid("app_id", &edited.app_id)?, version, scopes);
            }
            Event::AppDeleted(deleted) => self.apps.delete(uuid("app_id", &deleted.app_id)?),
            Event::TenantConnected(connected) => {
                let place = self.place(&connected.app_id, connected.tenant_id, &connected.environment)?;
                let client_id = ClientId::parse(&connected.client_id).ok_or(Unusable("client_id"))?;
                let group = optional("group_id", &connected.group_id)?;
                self.connections.connect(place, client_id, version(connected.version)?, group);
                self.connections.set_limited(place, self.limits.overrides().0.contains_key(&place));
            }
            Event::VersionUpgraded(upgraded) => {
                let place = self.place(&upgraded.app_id, upgraded.tenant_id, &upgraded.environment)?;
                self.connections.upgrade(place, version(upgraded.version)?);
            }
            Event::ConnectionDisabled(disabled) => {
                let place = self.place(&disabled.app_id, disabled.tenant_id, &disabled.environment)?;
                self.connections.cut(place, State::Disabled, event.position);
            }
            Event::ConnectionRestored(restored) => {
                let place = self.place(&restored.app_id, restored.tenant_id, &restored.environment)?;
                self.connections.restore(place);
            }
            Event::ConnectionRevoked(revoked) => {
                let place = self.place(&revoked.app_id, revoked.tenant_id, &revoked.environment)?;
                self.connections.cut(place, State::Revoked, event.position);
            }
            Event::SecretRevoked(revoked) => {
                self.cuts.add(uuid("secret_id", &revoked.secret_id)?, event.recorded_at);
            }
            Event::TokenRevoked(revoked) => {
                self.cuts.add(uuid("token_id", &revoked.token_id)?, event.recorded_at);
            }
            Event::SecretGenerated(generated) => self.retire(generated, event)?,
            Event::RateLimitOverridden(overridden) => self.limit(overridden)?,
            // Nothing else decides a call: what is listed, reviewed or offered grants nothing (rules 9 and 12).
            _ => {}
        }
        Ok(())
    }

    /// A secret that was retired at once, to make room or because it leaked, stops like one that was revoked.
    fn retire(&mut self, generated: &v1::SecretGenerated, event: &Recorded) -> Result<(), Unusable> {
        if let Some(retired) = optional("retired_secret_id", &generated.retired_secret_id)? {
            self.cuts.add(retired, event.recorded_at);
        }
        let retires_at = generated.previous_retires_at.map(jiff::Timestamp::try_from).transpose();
        let retires_at = retires_at.map_err(|_| Unusable("previous_retires_at"))?;
        if retires_at.is_some_and(|retires_at| retires_at <= event.recorded_at) {
            let previous = optional("previous_secret_id", &generated.previous_secret_id)?;
            self.cuts.add(previous.ok_or(Unusable("previous_secret_id"))?, event.recorded_at);
        }
        Ok(())
    }

    fn limit(&mut self, overridden: &v1::RateLimitOverridden) -> Result<(), Unusable> {
        let v1::RateLimitOverridden { app_id, tenant_id, environment, report_id, calls, per_seconds } =
            overridden;
        let limit = Limit::recorded(*calls, *per_seconds);
        if report_id.is_empty() {
            let place = self.place(app_id, *tenant_id, environment)?;
            self.set_place_limit(place, limit);
        } else {
            let tenant_id = u64::try_from(*tenant_id).map_err(|_| Unusable("tenant_id"))?;
            let environment = self.names.environment(environment);
            let id = router::report_id(report_id).ok_or(Unusable("report_id"))?.into();
            self.limits.set_report(Report { tenant_id, environment, id }, limit);
        }
        Ok(())
    }

    pub(crate) fn set_place_limit(&mut self, place: Place, limit: Option<Limit>) {
        self.limits.set_place(place, limit);
        self.connections.set_limited(place, limit.is_some());
    }

    fn publish(&mut self, catalog: &v1::ScopeCatalogPublished) {
        self.router = Router::default();
        for operation in &catalog.operations {
            let scope = self.names.scope(&operation.scope);
            let v1::Operation { id, module, method, path, .. } = operation;
            let kind = match operation.kind() {
                v1::OperationKind::Reporting => OperationKind::Reporting,
                v1::OperationKind::Export => OperationKind::Export,
                v1::OperationKind::Standard | v1::OperationKind::Unspecified => OperationKind::Standard,
            };
            self.router.add(id, module, method, path, scope, kind);
        }
    }

    fn place(&mut self, app_id: &str, tenant_id: i64, environment: &str) -> Result<Place, Unusable> {
        Ok(Place {
            tenant_id: u64::try_from(tenant_id).map_err(|_| Unusable("tenant_id"))?,
            app: self.apps.index(uuid("app_id", app_id)?).ok_or(Unusable("app_id"))?,
            environment: self.names.environment(environment),
        })
    }
}

fn uuid(field: &'static str, text: &str) -> Result<Uuid, Unusable> {
    Uuid::try_parse(text).map_err(|_| Unusable(field))
}

fn optional(field: &'static str, text: &str) -> Result<Option<Uuid>, Unusable> {
    if text.is_empty() { Ok(None) } else { uuid(field, text).map(Some) }
}

/// The number of a version that was published at `position`: each took an event.
fn published(version: i64, position: Position) -> Result<NonZeroU32, Unusable> {
    let version = NonZeroU32::try_from(self::version(version)?).map_err(|_| Unusable("version"))?;
    if u64::from(version.get()) <= position.get() { Ok(version) } else { Err(Unusable("version")) }
}

fn version(version: i64) -> Result<u32, Unusable> {
    u32::try_from(version).map_err(|_| Unusable("version"))
}
