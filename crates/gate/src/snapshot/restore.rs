//! Reading a snapshot: a gate, or the line that keeps it from being one.

use std::num::NonZeroU32;

use uuid::Uuid;

use super::{
    FORMAT,
    line::{self, Counts, Header, Line},
};
use crate::{
    Gate, Limit, Scopes, Settings, connections::Place, limits::Report, router, scopes::EnvironmentId,
};

/// Bytes of the longest line that is read: an app's version with every scope of a catalog is far below it.
const LONGEST: usize = 1 << 20;
/// As many as an environment's number tells apart.
const ENVIRONMENTS: usize = 255;

/// Why the text is no snapshot.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the snapshot cannot be used")]
pub struct RestoreError {
    /// 1 is the first; the one after the last, where the snapshot ends too early.
    pub line: u64,
    pub source: Problem,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
    #[error("it is none of the lines that a snapshot has")]
    Unreadable(#[source] serde_json::Error),
    #[error("a snapshot begins with one header")]
    Header,
    #[error("its format is {0}, and {FORMAT} is the one that is known")]
    Format(u32),
    #[error("it stands behind lines of a later kind")]
    Order,
    #[error("another line says the same {0}")]
    Duplicate(&'static str),
    #[error("no line before it has this {0}")]
    Unknown(&'static str),
    #[error("it is not the next version of the app before it")]
    Version,
    #[error("its cut-off is after the snapshot's position")]
    Position,
    #[error("a limit is of one app or one report, and lets at least one call pass")]
    Limit,
    #[error("there are more environments than {ENVIRONMENTS}")]
    Environments,
    #[error("there are fewer or more lines before it than it counts")]
    Counts,
    #[error("it stands behind the trailer")]
    BehindTrailer,
    #[error("the trailer is missing: the snapshot was cut short")]
    Truncated,
}

/// A gate as it was when the snapshot was made.
#[derive(Debug)]
pub struct Restored {
    pub gate: Gate,
    /// Of the log whose next events are to be applied.
    pub log_id: Uuid,
}

/// Makes a gate of a snapshot, fed as it arrives. After an error there is no gate.
#[derive(Debug)]
pub struct Restore {
    gate: Gate,
    header: Option<Header>,
    counts: Counts,
    /// Of the last line: 0 is the header's, and [`TRAILER`] the trailer's.
    kind: u8,
    /// The app that the next version belongs to.
    app_id: Uuid,
    /// Lines that were read.
    lines: u64,
    /// The beginning of a line whose end did not arrive yet.
    begun: Vec<u8>,
    failed: bool,
}

impl Restore {
    pub fn new(settings: Settings) -> Self {
        Self {
            gate: Gate::new(settings),
            header: None,
            counts: Counts::default(),
            kind: 0,
            app_id: Uuid::nil(),
            lines: 0,
            begun: Vec::new(),
            failed: false,
        }
    }

    /// The next bytes, wherever they begin and end.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.begun.len() + piece.len() > LONGEST {
                return Err(self.refuse(Problem::TooLong));
            }
            match piece.strip_suffix(b"\n") {
                Some(line) if self.begun.is_empty() => self.line(line)?,
                Some(rest) => {
                    let mut line = std::mem::take(&mut self.begun);
                    line.extend_from_slice(rest);
                    self.line(&line)?;
                }
                None => self.begun.extend_from_slice(piece),
            }
        }
        Ok(())
    }

    /// The gate, if that was all.
    pub fn finish(mut self) -> Result<Restored, RestoreError> {
        if !self.begun.is_empty() {
            let line = std::mem::take(&mut self.begun);
            self.line(&line)?;
        }
        match self.header {
            Some(Header { log_id, position, .. }) if self.kind == TRAILER && !self.failed => {
                self.gate.position = position;
                Ok(Restored { gate: self.gate, log_id })
            }
            _ => Err(self.refuse(Problem::Truncated)),
        }
    }

    fn line(&mut self, text: &[u8]) -> Result<(), RestoreError> {
        let line = serde_json::from_slice(text).map_err(Problem::Unreadable);
        match line.and_then(|line| self.take(line)) {
            Ok(()) => {
                self.lines += 1;
                Ok(())
            }
            Err(problem) => Err(self.refuse(problem)),
        }
    }

    fn refuse(&mut self, source: Problem) -> RestoreError {
        self.failed = true;
        RestoreError { line: self.lines + 1, source }
    }

    fn take(&mut self, line: Line<'_>) -> Result<(), Problem> {
        let kind = kind(&line);
        if (kind == 0) != (self.lines == 0) {
            return Err(Problem::Header);
        }
        if self.kind == TRAILER {
            return Err(Problem::BehindTrailer);
        }
        if kind < self.kind {
            return Err(Problem::Order);
        }
        self.kind = kind;
        self.counts.add(&line);
        match line {
            Line::Header(header) if header.format == FORMAT => self.header = Some(header),
            Line::Header(header) => return Err(Problem::Format(header.format)),
            Line::Scope(text) => {
                let new = self.gate.names.known_scope(&text).is_none();
                once(new, "scope")?;
                self.gate.names.scope(&text);
            }
            Line::Environment(text) => self.environment(&text)?,
            Line::Operation(operation) => self.operation(&operation)?,
            Line::App(app) => self.app(&app)?,
            Line::Version(version) => self.version(&version)?,
            Line::Connection(connection) => self.connection(&connection)?,
            Line::Cut(line::Cut { id, at }) => {
                once(!self.gate.cuts.has(id), "cut")?;
                self.gate.cuts.restore(id, at);
            }
            Line::Limit(limited) => self.limited(&limited)?,
            Line::Trailer(counts) if counts == self.counts => {}
            Line::Trailer(_) => return Err(Problem::Counts),
        }
        Ok(())
    }

    fn environment(&mut self, text: &str) -> Result<(), Problem> {
        let names = &mut self.gate.names;
        once(names.known_environment(text).is_none(), "environment")?;
        if names.environments().len() == ENVIRONMENTS {
            return Err(Problem::Environments);
        }
        names.environment(text);
        Ok(())
    }

    fn operation(&mut self, operation: &line::Operation<'_>) -> Result<(), Problem> {
        let line::Operation { id, module, method, path, scope, kind } = operation;
        let scope = self.gate.names.known_scope(scope).ok_or(Problem::Unknown("scope"))?;
        once(self.gate.router.add(id, module, method, path, scope, *kind), "method and path")
    }

    fn app(&mut self, app: &line::Registered) -> Result<(), Problem> {
        let line::Registered { app_id, app_key, deleted } = *app;
        let apps = &mut self.gate.apps;
        once(apps.index(app_id).is_none(), "app")?;
        once(apps.by_key(app_key).is_none(), "app key")?;
        apps.create(app_id, app_key, Vec::new());
        if deleted {
            apps.delete(app_id);
        }
        self.app_id = app_id;
        Ok(())
    }

    fn version(&mut self, version: &line::Published<'_>) -> Result<(), Problem> {
        let mut scopes = Scopes::default();
        for text in &version.scopes {
            scopes.insert(self.gate.names.known_scope(text).ok_or(Problem::Unknown("scope"))?);
        }
        let apps = &mut self.gate.apps;
        let app = apps.index(self.app_id).and_then(|index| apps.get(index));
        let next = app.and_then(|app| NonZeroU32::MIN.checked_add(app.latest())).ok_or(Problem::Version)?;
        if (version.app_id, version.version) != (self.app_id, next.get()) {
            return Err(Problem::Version);
        }
        apps.publish(self.app_id, next, scopes);
        Ok(())
    }

    fn connection(&mut self, connection: &line::Connection<'_>) -> Result<(), Problem> {
        let line::Connection { app_id, tenant_id, environment, state, .. } = connection;
        let line::Connection { granted_version, client_id, group_id, cut_off, .. } = *connection;
        let place = self.place(*app_id, *tenant_id, environment)?;
        once(self.gate.connections.get(place).is_none(), "connection")?;
        if self.header.is_none_or(|header| cut_off > header.position) {
            return Err(Problem::Position);
        }
        self.gate.connections.set(place, client_id, granted_version, group_id, *state, cut_off);
        Ok(())
    }

    fn limited(&mut self, limited: &line::Limited<'_>) -> Result<(), Problem> {
        let line::Limited { app_id, report_id, tenant_id, environment, calls, per_seconds } = limited;
        let limit = Limit::recorded(*calls, *per_seconds).ok_or(Problem::Limit)?;
        let (places, reports) = self.gate.limits.overrides();
        match (app_id, report_id) {
            (Some(app_id), None) => {
                let place = self.place(*app_id, *tenant_id, environment)?;
                once(!places.contains_key(&place), "app's limit")?;
                self.gate.set_place_limit(place, Some(limit));
            }
            (None, Some(id)) => {
                let environment = self.known_environment(environment)?;
                let id = router::report_id(id).ok_or(Problem::Limit)?.into();
                let report = Report { tenant_id: *tenant_id, environment, id };
                once(!reports.contains_key(&report), "report's limit")?;
                self.gate.limits.set_report(report, Some(limit));
            }
            _ => return Err(Problem::Limit),
        }
        Ok(())
    }

    fn place(&self, app_id: Uuid, tenant_id: u64, environment: &str) -> Result<Place, Problem> {
        let app = self.gate.apps.index(app_id).ok_or(Problem::Unknown("app"))?;
        Ok(Place { tenant_id, app, environment: self.known_environment(environment)? })
    }

    fn known_environment(&self, text: &str) -> Result<EnvironmentId, Problem> {
        self.gate.names.known_environment(text).ok_or(Problem::Unknown("environment"))
    }
}

const TRAILER: u8 = 8;

/// Lines of a lesser kind come first.
const fn kind(line: &Line<'_>) -> u8 {
    match line {
        Line::Header(_) => 0,
        Line::Scope(_) => 1,
        Line::Environment(_) => 2,
        Line::Operation(_) => 3,
        Line::App(_) | Line::Version(_) => 4,
        Line::Connection(_) => 5,
        Line::Cut(_) => 6,
        Line::Limit(_) => 7,
        Line::Trailer(_) => TRAILER,
    }
}

fn once(new: bool, what: &'static str) -> Result<(), Problem> {
    if new { Ok(()) } else { Err(Problem::Duplicate(what)) }
}
