//! `chancery explain`: why something is as it is, or was.

use chancery_domain::{AppId, Environment, Instance, Scope, TenantId};
use chancery_journal::{At, Journal};
use chancery_service::{
    events::{EventDocument, Names},
    explain::{AccessDocument, Question, explain},
};
use clap::{Args, Subcommand};
use uuid::Uuid;

use crate::{
    cli::{Database, Output},
    output::{self, harmless, or_dash},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say whether an app may do at a tenant what needs a scope, and which events make it so
    Access(Access),
}

#[derive(Debug, Args)]
pub(crate) struct Access {
    /// The app's id
    #[arg(long)]
    app: Uuid,
    /// Whose data
    #[arg(long, value_parser = tenant)]
    tenant: TenantId,
    #[arg(long, value_parser = Environment::parse)]
    environment: Environment,
    /// Such as `tn.crm.customers:r`
    #[arg(long, value_parser = Scope::parse)]
    scope: Scope,
    /// As of this position or this time (RFC 3339); by default now
    #[arg(long)]
    at: Option<At>,
}

pub(crate) async fn run(database: &Database, command: Command, output: Output) -> anyhow::Result<()> {
    let Command::Access(access) = command;
    self::access(&Journal::open(database.url()?, 2)?, access, output).await
}

async fn access(journal: &Journal, access: Access, output: Output) -> anyhow::Result<()> {
    let Access { app, tenant, environment, scope, at } = access;
    let moment = match at {
        Some(at) => journal.moment(at).await?,
        None => journal.present().await?,
    };
    let instance = Instance { tenant_id: tenant, environment };
    let question = Question { app_id: AppId(app), instance, scope };
    let explanation = explain(journal, question, moment).await?;
    let names = Names::of_sentences(journal, &explanation.events).await?;
    let log_id = journal.head().await?.log_id;
    let document = explanation.document(log_id, &names)?;
    match output {
        Output::Json => output::print(&serde_json::to_string(&document)?)?,
        Output::Table => {
            output::one(output, &document, &answer(&document))?;
            output::table(&["position", "time", "type", "who", "what"], &document.events, event)?;
        }
    }
    Ok(())
}

fn answer(document: &AccessDocument<'_>) -> Vec<(&'static str, String)> {
    let allowed = document.code.map_or_else(|| "yes".to_owned(), |code| format!("no: {code}"));
    let by = match (document.who, document.place) {
        (Some(who), Some(place)) => format!("{who}, {place}"),
        (who, _) => who.unwrap_or("-").to_owned(),
    };
    let opens: Vec<_> = document.operations.iter().map(|it| format!("{} {}", it.method, it.path)).collect();
    let version = match (document.granted_version, document.latest_version) {
        (Some(granted), Some(latest)) => format!("{granted}; the latest is {latest}"),
        (granted, _) => or_dash(granted),
    };
    let AccessDocument { app_id, tenant_id, environment, scope, position, log_id, .. } = document;
    vec![
        ("allowed", allowed),
        ("to do", document.detail.to_owned()),
        ("by", by),
        ("app", app_id.to_string()),
        ("tenant", format!("{tenant_id} in {environment}")),
        ("scope", (*scope).to_owned()),
        ("opens", or_dash(Some(opens.join("\n")).filter(|opens| !opens.is_empty()))),
        ("granted version", version),
        ("client id", or_dash(document.client_id.as_ref())),
        ("group", or_dash(document.group_id)),
        ("position", format!("{position} of log {log_id}")),
        ("time", or_dash(document.time)),
    ]
}

fn event(event: &EventDocument<'_>) -> Vec<String> {
    let row = [
        event.position.to_string(),
        event.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        event.event_type.to_owned(),
        event.actor.name.unwrap_or(event.actor.id).to_owned(),
        event.sentence.as_deref().unwrap_or("-").to_owned(),
    ];
    // Names are texts of other people: none of them moves the cursor of who reads.
    row.map(|text| harmless(&text)).into()
}

fn tenant(text: &str) -> anyhow::Result<TenantId> {
    Ok(TenantId::new(text.parse()?)?)
}
