//! What is read as of a moment is what was read at that moment.

mod limits;
mod moments;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use chancery_journal::Moment;
use chancery_views::{
    At, Instance, Page, Reader, View,
    apps::{self, Apps},
    connections::{self, Connections},
    versions::{self, Versions},
};
use chancery_wire::{Event, Position};
use proptest::prelude::*;
use uuid::Uuid;

use crate::{
    story::{Step, Story, step},
    world::{Running, World, holds_for, person},
};

/// What is asked over and over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    App(Uuid),
    Organization(Uuid),
    /// With so many on a page, as those of the others.
    Versions(Uuid, usize),
    ConnectionsOf(Uuid, usize),
    Connection(Uuid, u64, &'static str),
    ListedApp(Uuid, u64, &'static str),
    AppsOf(u64, &'static str, usize),
}

fn instance(tenant_id: u64, environment: &str) -> Instance {
    Instance { tenant_id, environment: environment.into() }
}

/// All pages of a list.
async fn pages<T: std::fmt::Debug, K: Clone>(
    mut ask: impl AsyncFnMut(Option<K>) -> At<Page<T, K>>,
) -> (Position, String) {
    let (mut all, mut after) = (String::new(), None);
    loop {
        let At { position, value: Page { items, next } } = ask(after).await;
        writeln!(all, "{items:#?}").unwrap();
        match next {
            Some(next) => after = Some(next),
            None => return (position, all),
        }
    }
}

impl Question {
    /// The answer, with everything that there is of it, and the position that it reflects.
    async fn ask(&self, reader: &Reader) -> (Position, String) {
        fn one<T: std::fmt::Debug>(at: &At<T>) -> (Position, String) {
            (at.position, format!("{:#?}", at.value))
        }
        match *self {
            Self::App(app) => one(&apps::app(reader, app).await.unwrap()),
            Self::Organization(app) => one(&apps::organization_of(reader, app).await.unwrap()),
            Self::Versions(app, limit) => {
                pages(async |after| versions::of_app(reader, app, after, limit).await.unwrap()).await
            }
            Self::ConnectionsOf(app, limit) => {
                pages(async |after: Option<Instance>| {
                    connections::of_app(reader, app, after.as_ref(), limit).await.unwrap()
                })
                .await
            }
            Self::Connection(app, tenant, environment) => {
                one(&connections::connection(reader, app, &instance(tenant, environment)).await.unwrap())
            }
            Self::ListedApp(app, tenant, environment) => {
                one(&connections::listed_app(reader, &instance(tenant, environment), app).await.unwrap())
            }
            Self::AppsOf(tenant, environment, limit) => {
                let instance = instance(tenant, environment);
                pages(async |after| connections::for_tenant(reader, &instance, after, limit).await.unwrap())
                    .await
            }
        }
    }
}

/// The apps and tenants that there were so far.
#[derive(Debug, Default)]
struct Known {
    apps: BTreeSet<Uuid>,
    tenants: BTreeSet<u64>,
}

impl Known {
    fn note(&mut self, event: &Event) {
        match event {
            Event::AppCreated(created) => {
                self.apps.insert(created.app_id.parse().unwrap());
            }
            Event::TenantRegistered(registered) => {
                self.tenants.insert(registered.tenant_id.cast_unsigned());
            }
            _ => {}
        }
    }

    fn questions(&self) -> Vec<Question> {
        let mut questions = Vec::new();
        for app in &self.apps {
            questions.extend([
                Question::App(*app),
                Question::Organization(*app),
                Question::Versions(*app, 2),
            ]);
            questions.extend([1, 3, 100].map(|limit| Question::ConnectionsOf(*app, limit)));
            for tenant in &self.tenants {
                questions.push(Question::Connection(*app, *tenant, "production"));
                questions.push(Question::ListedApp(*app, *tenant, "production"));
            }
        }
        for tenant in &self.tenants {
            for environment in ["integration", "production"] {
                questions.extend([1, 100].map(|limit| Question::AppsOf(*tenant, environment, limit)));
            }
        }
        questions
    }
}

/// What was answered, while it was the present.
type Answers = BTreeMap<Question, Vec<(Moment, String)>>;

async fn present(world: &World, running: &Running) -> (Reader, Moment) {
    for view in [&Apps as &dyn View, &Versions, &Connections] {
        world.at_the_head(running, view).await;
    }
    let position = world.journal.head().await.unwrap().position;
    (world.reader(running), world.journal.moment(chancery_journal::At::Position(position)).await.unwrap())
}

async fn check(steps: Vec<Step>) {
    let world = World::new();
    world.named("ann", "Ann Ual").await;
    let views: Vec<&'static dyn View> = vec![&Apps, &Versions, &Connections];
    let running = Running::start(world.runner(views, 100));
    let (mut story, mut known, mut answers) = (Story::default(), Known::default(), Answers::new());
    for step in &steps {
        // Few enough that much happens to each.
        let enough = match step {
            Step::App { .. } => known.apps.len() > 2,
            Step::Tenant(_) | Step::DecideAccess(..) => known.tenants.len() > 3,
            _ => false,
        };
        let happened = if enough { None } else { story.next(step) };
        // One by one: what is between the events of a command is a moment too.
        for event in happened.into_iter().flatten() {
            known.note(&event);
            world.done_by(person("ann"), [event]).await;
            let (reader, moment) = present(&world, &running).await;
            for question in known.questions() {
                let (position, answer) = question.ask(&reader).await;
                assert_eq!(position, moment.position);
                answers.entry(question).or_default().push((moment, answer));
            }
        }
    }
    let reader = world.reader(&running);
    running.stop().await;
    for (question, answers) in &answers {
        // Where an answer begins and where it ends says it all.
        for (index, (moment, answer)) in answers.iter().enumerate() {
            let same = |other: Option<&(Moment, String)>| other.is_some_and(|other| other.1 == *answer);
            if same(index.checked_sub(1).map(|before| &answers[before])) && same(answers.get(index + 1)) {
                continue;
            }
            let (position, then) = question.ask(&reader.as_of(*moment)).await;
            assert_eq!(position, moment.position);
            assert_eq!(then, *answer, "{question:?} at {position}");
        }
    }
}

#[test]
fn a_view_read_as_of_a_moment_is_the_view_read_at_it() {
    holds_for(2, &prop::collection::vec(step(), 35..60), check);
}
