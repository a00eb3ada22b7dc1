//! Writing a snapshot.

use uuid::Uuid;

use super::{
    FORMAT, Snapshot,
    line::{self, Counts, Header, Line},
};
use crate::{
    Limit,
    apps::{App, AppIndex},
    connections::Connection,
    router::Operation,
    scopes::EnvironmentId,
};

/// Bytes that are written at once, about.
const CHUNK: usize = 32 << 10;

/// A snapshot's text, in chunks of whole lines.
#[derive(Debug)]
pub struct Lines {
    snapshot: Snapshot,
    log_id: Uuid,
    /// What is to be written next: an entry of one of the tables, in their order.
    section: u8,
    at: usize,
    counts: Counts,
}

/// Lines that were written, and how many of each kind so far.
struct Chunk<'a> {
    text: Vec<u8>,
    counts: &'a mut Counts,
}

impl Lines {
    pub(super) fn new(snapshot: Snapshot, log_id: Uuid) -> Self {
        Self { snapshot, log_id, section: 0, at: 0, counts: Counts::default() }
    }
}

impl Iterator for Lines {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let Self { snapshot, log_id, section, at, counts } = self;
        let mut chunk = Chunk { text: Vec::with_capacity(CHUNK + CHUNK / 4), counts };
        while chunk.text.len() < CHUNK && *section <= TRAILER {
            if snapshot.write(*log_id, *section, *at, &mut chunk) {
                *at += 1;
            } else {
                (*section, *at) = (*section + 1, 0);
            }
        }
        Some(chunk.text).filter(|text| !text.is_empty())
    }
}

impl Chunk<'_> {
    fn line(&mut self, line: &Line<'_>) {
        self.counts.add(line);
        serde_json::to_writer(&mut self.text, line)
            .unwrap_or_else(|error| unreachable!("a line is plain JSON, in memory: {error}"));
        self.text.push(b'\n');
    }
}

/// The last of the sections that [`Snapshot::write`] knows.
const TRAILER: u8 = 9;

impl Snapshot {
    /// Writes the `at`-th entry of a section, if it has so many.
    fn write(&self, log_id: Uuid, section: u8, at: usize, chunk: &mut Chunk<'_>) -> bool {
        let Self { names, operations, apps, connections, cuts, places, reports, .. } = self;
        let line = match section {
            0 => {
                (at == 0).then_some(Line::Header(Header { format: FORMAT, log_id, position: self.position }))
            }
            1 => names.texts().get(at).map(|text| Line::Scope((&**text).into())),
            2 => names.environments().get(at).map(|text| Line::Environment((&**text).into())),
            3 => operations.get(at).map(|operation| self.operation(operation)),
            4 => {
                let Some(app) = apps.get(at) else { return false };
                return self.app(app, chunk);
            }
            5 => connections.at(at).map(|slot| self.connection(&slot.connection)),
            6 => cuts.get(at).map(|&(id, at)| Line::Cut(line::Cut { id, at })),
            7 => places.get(at).map(|(place, limit)| {
                let app_id = Some(self.app_id(place.app));
                self.limited(app_id, None, place.tenant_id, place.environment, *limit)
            }),
            8 => reports.get(at).map(|(report, limit)| {
                self.limited(None, Some(&report.id), report.tenant_id, report.environment, *limit)
            }),
            _ => (at == 0).then_some(Line::Trailer(*chunk.counts)),
        };
        line.inspect(|line| chunk.line(line)).is_some()
    }

    fn operation<'a>(&'a self, operation: &'a Operation) -> Line<'a> {
        let Operation { id, module, method, path, scope, kind, .. } = operation;
        Line::Operation(line::Operation {
            id: (&**id).into(),
            module: (&**module).into(),
            method: (&**method).into(),
            path: (&**path).into(),
            scope: self.names.text(*scope).into(),
            kind: *kind,
        })
    }

    /// An app and its versions.
    fn app(&self, app: &App, chunk: &mut Chunk<'_>) -> bool {
        let App { id, key, deleted, .. } = *app;
        chunk.line(&Line::App(line::Registered { app_id: id, app_key: key, deleted }));
        for (version, scopes) in (1..).zip(app.versions()) {
            let scopes = scopes.iter().map(|scope| self.names.text(scope).into()).collect();
            chunk.line(&Line::Version(line::Published { app_id: id, version, scopes }));
        }
        true
    }

    fn connection(&self, connection: &Connection) -> Line<'_> {
        let Connection { place, cut_off, granted, client_id, state, .. } = *connection;
        Line::Connection(line::Connection {
            app_id: self.app_id(place.app),
            tenant_id: place.tenant_id,
            environment: self.names.environment_text(place.environment).into(),
            state,
            granted_version: granted,
            client_id,
            group_id: self.groups.of(connection),
            cut_off,
        })
    }

    fn limited<'a>(
        &'a self,
        app_id: Option<Uuid>,
        report_id: Option<&'a str>,
        tenant_id: u64,
        environment: EnvironmentId,
        limit: Limit,
    ) -> Line<'a> {
        Line::Limit(line::Limited {
            app_id,
            report_id: report_id.map(Into::into),
            tenant_id,
            environment: self.names.environment_text(environment).into(),
            calls: limit.calls,
            per_seconds: u32::try_from(limit.per.as_secs()).unwrap_or(u32::MAX),
        })
    }

    /// Of an app that a connection or a limit names: it is there.
    fn app_id(&self, index: AppIndex) -> Uuid {
        self.apps.get(index.0 as usize).map_or(Uuid::nil(), |app| app.id)
    }
}
