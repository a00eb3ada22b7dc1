//! Death at every step between apply and commit.

use chancery_views::{Runner, View, apps::Apps};
use tokio_postgres::Client;

use super::{some_events, stands_at};
use crate::{
    sum::{SUM, is_exact},
    world::{Running, World, eventually},
};

/// Where a worker stands still, held by a lock that the test has.
#[derive(Debug, Clone, Copy)]
struct Step {
    name: &'static str,
    /// A trigger, up to `EXECUTE`. `{schema}` is the build's.
    trigger: &'static str,
    /// Whether what it was doing counts, if its process dies here and Postgres lives.
    commits: bool,
}

const STEPS: [Step; 5] = [
    Step {
        name: "before the rows",
        trigger: "TRIGGER stand_still BEFORE INSERT ON {schema}.sum FOR EACH STATEMENT",
        commits: false,
    },
    Step {
        name: "after the rows",
        trigger: "TRIGGER stand_still AFTER INSERT ON {schema}.sum FOR EACH STATEMENT",
        commits: false,
    },
    Step {
        name: "before the checkpoint",
        trigger: "TRIGGER stand_still BEFORE UPDATE ON projection_shards FOR EACH ROW \
                  WHEN (new.schema_name = '{schema}' AND new.position > old.position)",
        commits: false,
    },
    Step {
        name: "after the checkpoint",
        trigger: "TRIGGER stand_still AFTER UPDATE ON projection_shards FOR EACH ROW \
                  WHEN (new.schema_name = '{schema}' AND new.position > old.position)",
        commits: false,
    },
    Step {
        name: "in the commit, whose answer nobody hears",
        trigger: "CONSTRAINT TRIGGER stand_still AFTER UPDATE ON projection_shards DEFERRABLE INITIALLY DEFERRED \
                  FOR EACH ROW WHEN (new.schema_name = '{schema}' AND new.position > old.position)",
        commits: true,
    },
];

const LOCK: i64 = 4711;

/// How a worker dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    /// The process goes, its connections end.
    Process,
    /// Postgres ends the connection, the process goes on.
    Connection,
}

/// Lets whoever comes to the step wait for us.
async fn lie_in_wait(test: &Client, step: Step, schema_name: &str) {
    test.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await.unwrap();
    let trigger = step.trigger.replace("{schema}", schema_name);
    test.batch_execute(&format!("CREATE {trigger} EXECUTE FUNCTION stand_still()")).await.unwrap();
}

/// The backend that came.
async fn caught(test: &Client) -> i32 {
    let sql = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1::bigint::oid \
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    eventually("a worker comes to the step", async || {
        test.query_opt(sql, &[&LOCK]).await.unwrap().map(|row| row.get(0))
    })
    .await
}

/// Nobody who comes to the step after this stands still.
async fn let_go(test: &Client, step: Step, schema_name: &str, pid: i32) {
    test.execute("SELECT pg_advisory_unlock($1)", &[&LOCK]).await.unwrap();
    let gone = "SELECT FROM pg_locks WHERE pid = $1 AND locktype = 'advisory' AND objid = $2::bigint::oid";
    eventually("the worker's transaction is over", async || {
        test.query_opt(gone, &[&pid, &LOCK]).await.unwrap().is_none().then_some(())
    })
    .await;
    let table =
        if step.trigger.contains(".sum") { format!("{schema_name}.sum") } else { "projection_shards".into() };
    test.batch_execute(&format!("DROP TRIGGER stand_still ON {table}")).await.unwrap();
}

async fn dies_at_every_step(death: Death) {
    let world = World::new();
    let views = || -> Vec<&'static dyn View> { vec![&SUM, &Apps] };
    let runner = || -> Runner { world.runner(views(), 7) };
    let test = world.superuser().await;
    test.batch_execute(
        "CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS \
         $$BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN new; END$$",
    )
    .await
    .unwrap();
    let mut head = some_events(&world, 0, 10).await;
    let mut running = Running::start(runner());
    stands_at(&world, &SUM, head).await;
    let schema_name = world.live_schema(&SUM).await;
    for (step, from) in STEPS.iter().zip((10..).step_by(10)) {
        println!("{}", step.name);
        lie_in_wait(&test, *step, &schema_name).await;
        let before = head;
        head = some_events(&world, from, 10).await;
        let pid = caught(&test).await;
        match death {
            Death::Process => {
                running.kill().await;
                let_go(&test, *step, &schema_name, pid).await;
                assert_eq!(world.checkpoint(&SUM).await > before, step.commits, "{}", step.name);
                running = Running::start(runner());
            }
            Death::Connection => {
                test.execute("SELECT pg_terminate_backend($1, 10000)", &[&pid]).await.unwrap();
                let_go(&test, *step, &schema_name, pid).await;
            }
        }
        stands_at(&world, &SUM, head).await;
        is_exact(&world).await;
    }
    stands_at(&world, &Apps, head).await;
    running.stop().await;
    for view in views() {
        assert_eq!(world.live(view).await, world.rebuilt(view).await, "{}", view.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_at_any_step_between_apply_and_commit_leaves_all_or_nothing() {
    dies_at_every_step(Death::Process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_ends_at_any_step_between_apply_and_commit_is_replaced_and_nothing_is_lost() {
    dies_at_every_step(Death::Connection).await;
}
