//! What is about a question, read by index: four streams and a catalog, whatever else the log holds.

use chancery_domain::{ClientId, StreamName};
use chancery_journal::{Journal, Moment};
use chancery_wire::{Event, Position, Recorded, v1};

use super::{
    ExplainError, Explanation, Question,
    advice::Advice,
    case::{Case, Decided},
};
use crate::{gate::message, states::LoadError};

/// Answers the question as of the moment.
///
/// What is asked about must be in the log, if not yet at the moment: a name that was misspelt is not what an auditor
/// wants to hear "no" about.
pub async fn explain(
    journal: &Journal,
    question: Question,
    moment: Moment,
) -> Result<Explanation, ExplainError> {
    let Moment { position, time } = moment;
    let about = About::read(journal, &question).await?;
    let published_at = journal.last(CATALOG, position).await?;
    let catalog = published_at.as_ref().map(published).transpose()?.flatten().unwrap_or_default();
    about.knows(journal, &question, &catalog).await?;
    let mut events = about.until(position);
    if let Some(client_id) = client_id(&events)? {
        let credential = StreamName::Credential(ClientId::recorded(client_id.as_str())).to_string();
        events.extend(journal.streams([(credential.as_str(), 0)]).await?);
    }
    events.retain(|event| event.position <= position);
    events.sort_by_key(|event| event.position);

    let case = Case::of(&question, &events)?;
    let decided = case.decided(time);
    let events = case.sufficient(&decided, time, events)?;
    let operations = catalog.operations.into_iter();
    let operations: Vec<_> =
        operations.filter(|operation| operation.scope == question.scope.as_str()).collect();
    let advice = Advice::of(&decided, &question, &case.facts, &operations);
    let Decided { outcome, secret_id, .. } = decided;
    let catalog = published_at.map(|event| event.position);
    Ok(Explanation { question, moment, outcome, events, secret_id, operations, catalog, advice })
}

const CATALOG: &str = "catalog";

/// The app's and the connection's events, up to now.
struct About {
    app: Vec<Recorded>,
    connection: Vec<Recorded>,
}

impl About {
    async fn read(journal: &Journal, question: &Question) -> Result<Self, ExplainError> {
        let Question { app_id, instance, .. } = question;
        let app = StreamName::App(*app_id).to_string();
        let tenant = StreamName::Tenant(instance.tenant_id).to_string();
        let connection =
            StreamName::Connection(*app_id, instance.tenant_id, instance.environment.clone()).to_string();
        let mut events = journal.streams([(&*app, 0), (&*tenant, 0), (&*connection, 0)]).await?;
        let mut of = |stream: &str| events.extract_if(.., |event| event.stream == stream).collect::<Vec<_>>();
        let (app, tenant, connection) = (of(&app), of(&tenant), of(&connection));
        if app.is_empty() {
            return Err(ExplainError::App(*app_id));
        }
        let registered = tenant.first().map(message).transpose()?.flatten();
        let Some(Event::TenantRegistered(registered)) = registered else {
            return Err(ExplainError::Tenant(instance.tenant_id));
        };
        if !registered.environments.iter().any(|environment| environment == instance.environment.as_str()) {
            return Err(ExplainError::Environment(instance.tenant_id, instance.environment.clone()));
        }
        Ok(Self { app, connection })
    }

    /// Whether anything names the scope: a catalog, or a version of the app.
    async fn knows(
        &self,
        journal: &Journal,
        question: &Question,
        catalog: &v1::ScopeCatalogPublished,
    ) -> Result<(), ExplainError> {
        let scope = question.scope.as_str();
        let names = |catalog: &v1::ScopeCatalogPublished| catalog.scopes.iter().any(|s| s.scope == scope);
        if names(catalog) {
            return Ok(());
        }
        for event in &self.app {
            let scopes = match message(event)? {
                Some(Event::AppCreated(event)) => event.scopes,
                Some(Event::ScopesEdited(event)) => event.scopes,
                _ => Vec::new(),
            };
            if scopes.iter().any(|known| known == scope) {
                return Ok(());
            }
        }
        // Perhaps it was there before, or came later.
        for event in &journal.stream(CATALOG, 0).await? {
            if published(event)?.is_some_and(|catalog| names(&catalog)) {
                return Ok(());
            }
        }
        Err(ExplainError::Scope(question.scope.clone()))
    }

    fn until(self, position: Position) -> Vec<Recorded> {
        let Self { app, connection } = self;
        app.into_iter().chain(connection).filter(|event| event.position <= position).collect()
    }
}

fn published(event: &Recorded) -> Result<Option<v1::ScopeCatalogPublished>, LoadError> {
    Ok(match message(event)? {
        Some(Event::ScopeCatalogPublished(catalog)) => Some(catalog),
        _ => None,
    })
}

/// The credential that the tenant's last consent was given through.
fn client_id(events: &[Recorded]) -> Result<Option<String>, LoadError> {
    let mut consents = events.iter().rev().filter(|event| event.event_type == "TenantConnected");
    Ok(match consents.next().map(message).transpose()?.flatten() {
        Some(Event::TenantConnected(connected)) => Some(connected.client_id),
        _ => None,
    })
}
