//! `chancery token`: the first token, from which all others can be issued over HTTP, and what to do at three in
//! the morning. Goes the way of every command, as the system.

use anyhow::{Context as _, bail};
use chancery_domain::TokenId;
use chancery_journal::Journal;
use chancery_service::commands::{IssueToken, Subject};
use chancery_views::{Instance, Reader, directory};
use clap::{Args, Subcommand};
use uuid::Uuid;

use crate::{
    acting::{commands, system, told},
    cli::{Database, Output},
    output,
};

/// Tokens listed at once.
const PAGE: usize = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Issue a token and print it, once
    Create(Box<Create>),
    /// List the tokens
    List,
    /// Refuse a token from now on
    Revoke {
        /// Its id, as `list` shows it
        token_id: Uuid,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What its bearer may do
    #[arg(long, value_parser = role)]
    role: chancery_views::Role,
    /// A label
    #[arg(long)]
    name: String,
    /// The opaque id of the person whom it acts for
    #[arg(long, requires = "subject_name")]
    subject: Option<String>,
    /// That person's name, kept beside the log
    #[arg(long, requires = "subject")]
    subject_name: Option<String>,
    /// A developer's organization
    #[arg(long)]
    organization: Option<Uuid>,
    /// A tenant that a tenant admin decides for; goes with the `--environment` at the same place
    #[arg(long = "tenant")]
    tenants: Vec<u64>,
    #[arg(long = "environment")]
    environments: Vec<String>,
    /// RFC 3339; by default never
    #[arg(long)]
    expires_at: Option<jiff::Timestamp>,
}

pub(crate) async fn run(database: &Database, command: Command, output: Output) -> anyhow::Result<()> {
    let url = database.url()?;
    let journal = Journal::open(url, 2)?;
    match command {
        Command::Create(create) => {
            let issued = commands(url, &journal)?.issue_token(&system(), create.body()?).await;
            let body: serde_json::Value = serde_json::from_str(&issued.map_err(told)?.body)?;
            let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
            output::one(output, &body, &[("token_id", text("token_id")), ("token", text("token"))])
        }
        Command::List => list(&Reader::new(journal, None), output).await,
        Command::Revoke { token_id } => {
            let revoked = commands(url, &journal)?.revoke_token(&system(), TokenId(token_id)).await;
            let body: serde_json::Value = serde_json::from_str(&revoked.map_err(told)?.body)?;
            output::one(output, &body, &[("revoked", token_id.to_string())])
        }
    }
}

async fn list(reader: &Reader, output: Output) -> anyhow::Result<()> {
    let (mut tokens, mut after) = (Vec::new(), None);
    loop {
        let page = directory::api_tokens(reader, after, PAGE).await?.value;
        tokens.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    output::list(output, &tokens, &["token_id", "role", "name", "acts for", "expires", "revoked"], |token| {
        let time = |time: Option<jiff::Timestamp>| time.map_or_else(String::new, |time| time.to_string());
        let subject = token.subject.as_ref();
        vec![
            token.token_id.to_string(),
            token.role.as_str().to_owned(),
            token.name.clone(),
            subject.map_or_else(String::new, |who| who.name.clone().unwrap_or_else(|| who.id.clone())),
            time(token.expires_at),
            time(token.revoked_at),
        ]
    })
}

impl Create {
    fn body(self) -> anyhow::Result<IssueToken> {
        if self.tenants.len() != self.environments.len() {
            bail!("give one --environment for each --tenant");
        }
        let instance = |(tenant_id, environment)| Instance { tenant_id, environment };
        Ok(IssueToken {
            role: self.role,
            name: self.name,
            subject: self.subject.zip(self.subject_name).map(|(id, name)| Subject { id, name }),
            organization_id: self.organization,
            tenants: self.tenants.into_iter().zip(self.environments).map(instance).collect(),
            expires_at: self.expires_at,
        })
    }
}

fn role(word: &str) -> anyhow::Result<chancery_views::Role> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).context("no such role")
}
