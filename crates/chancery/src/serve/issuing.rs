//! The token endpoint and the gate behind it, where this process has the role.

use std::{net::SocketAddr, time::Duration};

use chancery_service::{
    commands::Commands,
    connect::{Connect, Issuer, Keys},
    gate::{GateHouse, GateSettings},
    sources::Sources,
};

use super::Process;
use crate::cli::{Role, Serve};

impl Process {
    /// What issues tokens, unless the role is not asked for, or nobody named the key under which signing keys are
    /// stored.
    pub(super) async fn connect(
        &mut self,
        options: &Serve,
        address: SocketAddr,
        commands: &Commands,
        sources: &Sources,
    ) -> anyhow::Result<Option<Connect>> {
        if !options.has(Role::Gate) {
            return Ok(None);
        }
        let Some(master) = options.master.read()? else {
            anyhow::ensure!(
                options.roles.is_empty(),
                "the gate needs the key under which signing keys are stored: name it with CHANCERY_KEY or \
                 CHANCERY_KEY_FILE"
            );
            tracing::warn!("no access tokens are issued here: name CHANCERY_KEY or CHANCERY_KEY_FILE");
            return Ok(None);
        };
        let journal = self.journal.clone();
        let keys = Keys::open(journal.clone(), master, sources, options.signing_algorithm).await?;
        let settings = GateSettings {
            limit_share: options.limit_share,
            max_staleness: Duration::from_secs(options.max_staleness),
            serve_stale: options.decide_when_stale,
        };
        let house = GateHouse::follow(journal.clone(), sources.clone(), settings);
        self.checks.push(house.check_ready());
        let url = options.issuer.clone().unwrap_or_else(|| format!("http://{address}"));
        let url = url.trim_end_matches('/').to_owned();
        let issuer = Issuer { audience: options.audience.clone().unwrap_or_else(|| url.clone()), url };
        tracing::info!(issuer = issuer.url, audience = issuer.audience, "access tokens are issued here");
        let connect = Connect::new(issuer, keys, house, commands.clone(), journal, sources.clone());
        let (uses, stop) = (connect.uses().clone(), self.stop.clone());
        self.tasks.spawn(async move {
            stop.cancelled().await;
            if let Err(error) = uses.write().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the last uses of secrets are lost");
            }
        });
        Ok(Some(connect))
    }
}
