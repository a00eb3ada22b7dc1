//! The doors to the gate, where this process decides calls.

use std::sync::Arc;

use anyhow::Context as _;
use chancery_service::{
    connect::Connect,
    doors::{Door, DoorSettings, Hosts, Observer},
    http,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Process, listen};
use crate::cli::Serve;

impl Process {
    /// What decides, as the operator describes the API in front; `observer` is told each decision.
    pub(super) fn door(
        &self,
        options: &Serve,
        connect: &Connect,
        observer: Arc<dyn Observer>,
    ) -> anyhow::Result<Door> {
        let hosts = Hosts::new(options.hosts.iter().cloned()).context("--host")?;
        let unknown =
            hosts.environments().find(|name| !options.environments.iter().any(|known| known == name));
        if let Some(unknown) = unknown {
            anyhow::bail!("--host names the environment {unknown}, which --environment does not");
        }
        if hosts.is_empty() {
            tracing::info!("/forward-auth refuses every call: name the API's hosts with --host");
        }
        let settings = DoorSettings { hosts, app_key: options.app_key_header.clone() };
        Ok(Door::new(connect.clone(), settings, observer, &self.metrics))
    }

    /// The doors' own listener. It ends when `serving` is cancelled and the requests under way are done.
    pub(super) async fn doors(
        &self,
        options: &Serve,
        service: http::Service,
        door: Door,
        serving: &CancellationToken,
    ) -> anyhow::Result<JoinHandle<std::io::Result<()>>> {
        let listener = listen(options.gateway_listen).await?;
        tracing::info!(address = %listener.local_addr()?, "the doors to the gate listen");
        Ok(tokio::spawn(http::serve(listener, http::Doors::new(service, door), serving.clone())))
    }
}
