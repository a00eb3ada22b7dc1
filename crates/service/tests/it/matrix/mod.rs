//! Who may call what, and what the others learn: every operation × role × own, foreign and absent.
//!
//! The operations and their roles come from the document that the service serves, which is what it enforces; only
//! what a request needs beside that is known here. So an operation that is new, or that says no roles, fails.

mod document;
mod request;
mod stage;
mod token;

use chancery_journal::Filter;
use chancery_wire::Position;

use crate::{call::Reply, cast::Cast};

use self::{
    document::{Caller, Operation, operations},
    request::{Names, Request},
    stage::{Scene, Stage},
    token::{Dead, ROLES},
};

/// Roles whose bearers see some things and not others.
const BOUND: [&str; 2] = ["developer", "tenant_admin"];

#[tokio::test]
async fn every_operation_answers_every_role_as_its_document_says() {
    let cast = Cast::new().await;
    let stage = Stage::new(&cast).await;
    let dead = Dead::new(&cast).await;
    let mut wrong = Vec::new();
    for operation in operations(&cast).await {
        let scene = stage.scene(&operation).await;
        let mut check = Check { cast: &cast, operation: &operation, scene: &scene, wrong: &mut wrong };
        match &operation.caller {
            Caller::Anyone => check.anyone(&dead).await,
            Caller::Bearers(_) => {
                let before = cast.server.journal.head().await.unwrap().position;
                check.the_dead_and_the_nameless(&dead).await;
                check.wrong_roles().await;
                check.right_roles_on_what_is_not_theirs().await;
                check.nothing_has_changed_since(before).await;
                check.right_roles().await;
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// One operation under test.
struct Check<'a> {
    cast: &'a Cast,
    operation: &'a Operation,
    scene: &'a Scene<'a>,
    wrong: &'a mut Vec<String>,
}

impl Check<'_> {
    /// A token opens nothing more here, whatever it is.
    async fn anyone(&mut self, dead: &Dead) {
        let [revoked, _] = dead.of("developer");
        for token in [None, Some(&*self.cast.reviewer), Some(revoked)] {
            let reply = self.scene.own.send(self.cast, token).await;
            self.expect(self.succeeds(&reply), "anyone", "succeed", &reply);
        }
    }

    async fn the_dead_and_the_nameless(&mut self, dead: &Dead) {
        let nameless = self.scene.own.send(self.cast, None).await;
        self.expect(is(&nameless, 401, "unauthenticated"), "nobody", "be 401", &nameless);
        for request in self.scene.everywhere() {
            let reply = request.send(self.cast, None).await;
            self.expect(same(&reply, &nameless), "nobody", "be the same everywhere", &reply);
        }
        for role in ROLES.into_iter().filter(|role| self.operation.allows(role)) {
            for token in dead.of(role) {
                let reply = self.scene.own.send(self.cast, Some(token)).await;
                self.expect(
                    same(&reply, &nameless),
                    &format!("a {role} of the past"),
                    "be as for nobody",
                    &reply,
                );
            }
        }
    }

    async fn wrong_roles(&mut self) {
        for role in ROLES.into_iter().filter(|role| !self.operation.allows(role)) {
            let token = self.scene.token(self.cast, role);
            let own = self.scene.own.send(self.cast, Some(token)).await;
            self.expect(is(&own, 403, "role_forbidden"), role, "be 403", &own);
            for request in self.scene.everywhere() {
                let reply = request.send(self.cast, Some(token)).await;
                self.expect(same(&reply, &own), role, "be the same everywhere", &reply);
            }
        }
    }

    /// What a bearer may not see is as what is not there, in whole and in each part.
    async fn right_roles_on_what_is_not_theirs(&mut self) {
        for role in BOUND.into_iter().filter(|role| self.operation.allows(role)) {
            let token = self.scene.token(self.cast, role);
            for (foreign, absent) in self.hidden(role) {
                let (foreign, absent) = (self.scene.own.about(&foreign), self.scene.own.about(&absent));
                let (seen, nothing) =
                    (foreign.send(self.cast, Some(token)).await, absent.send(self.cast, Some(token)).await);
                let refused = (400..500).contains(&seen.status);
                let alike = seen.status == nothing.status
                    && anonymous(&seen, &foreign) == anonymous(&nothing, &absent);
                let wanted = format!("be refused like {:?} (which is {})", absent.names, nothing.text);
                self.expect(refused && alike, &format!("{role} about {:?}", foreign.names), &wanted, &seen);
            }
        }
    }

    /// Attempts at customer tunneling are recorded: that is all that a refusal may leave.
    async fn nothing_has_changed_since(&mut self, before: Position) {
        let events = self.cast.server.journal.select(&Filter::default(), before, 100).await.unwrap();
        for event in events.iter().filter(|event| event.event_type != "TunnelingBlocked") {
            self.wrong.push(format!("{}: a refusal recorded {}", self.operation.id, event.event_type));
        }
    }

    async fn right_roles(&mut self) {
        for role in ROLES.into_iter().filter(|role| self.operation.allows(role)) {
            let token = self.scene.token(self.cast, role);
            let own = self.scene.own.send(self.cast, Some(token)).await;
            self.expect(self.succeeds(&own), role, "succeed", &own);
            if BOUND.contains(&role) {
                let told =
                    self.scene.foreign.values().any(|name| name.len() == 36 && own.text.contains(name));
                self.expect(!told, role, "not name what is foreign", &own);
                continue;
            }
            if !self.scene.foreign.is_empty() {
                let reply = self.scene.own.about(&self.scene.foreign).send(self.cast, Some(token)).await;
                self.expect(self.succeeds(&reply), role, "succeed on anybody's", &reply);
            }
            let absent = self.scene.own.absent();
            if !absent.is_empty() {
                let reply = self.scene.own.about(&absent).send(self.cast, Some(token)).await;
                // Where there can be nothing to find, nothing is the answer.
                let empty = reply.status == 200;
                self.expect(
                    empty || is(&reply, 404, "not_found"),
                    role,
                    "be 404 or empty where nothing is",
                    &reply,
                );
            }
        }
    }

    /// What is foreign to the role, each beside what is absent: all of it, then each name alone.
    fn hidden(&self, role: &str) -> Vec<(Names, Names)> {
        let (foreign, nowhere) = (&self.scene.foreign, self.scene.own.absent());
        let absent = |names: &Names| names.keys().map(|key| (*key, nowhere[key].clone())).collect();
        let mut hidden = Vec::from_iter((!foreign.is_empty()).then(|| foreign.clone()));
        hidden.extend(foreign.iter().map(|(key, name)| Names::from([(*key, name.clone())])));
        // An admin decides for a tenant in one environment and not in the other.
        if role == "tenant_admin" && self.scene.own.uses("environment") {
            hidden.push(Names::from([("environment", "integration".to_owned())]));
        }
        hidden.into_iter().map(|names| (names.clone(), absent(&names))).collect()
    }

    fn succeeds(&self, reply: &Reply) -> bool {
        self.operation.successes.contains(&reply.status)
    }

    fn expect(&mut self, holds: bool, who: &str, what: &str, reply: &Reply) {
        if !holds {
            let Operation { id, .. } = self.operation;
            self.wrong.push(format!("{id} by {who} should {what}, but is {} {}", reply.status, reply.text));
        }
    }
}

fn is(reply: &Reply, status: u16, code: &str) -> bool {
    reply.status == status && reply.json()["code"] == code
}

/// Whether a caller can tell one from the other.
fn same(one: &Reply, other: &Reply) -> bool {
    one.status == other.status && untraced(one) == untraced(other) && headers(one) == headers(other)
}

fn headers(reply: &Reply) -> Vec<(&str, &str)> {
    let told = |name: &str| name != "date";
    let headers = reply.headers.iter().filter(|(name, _)| told(name.as_str()));
    headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect()
}

fn untraced(reply: &Reply) -> String {
    reply.text.replace(reply.json()["traceId"].as_str().unwrap_or("none"), "")
}

/// Without the names that the request gave itself.
fn anonymous(reply: &Reply, request: &Request<'_>) -> String {
    let mut text = untraced(reply);
    for (key, name) in &request.names {
        text = text.replace(name, key);
    }
    text
}
