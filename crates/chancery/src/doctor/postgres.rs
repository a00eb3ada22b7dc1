//! The log's Postgres: is it there, new enough and migrated, and may this login in?

use std::time::Duration;

use anyhow::Context as _;
use chancery_journal::Role;
use serde_json::json;
use tokio::time::timeout;
use tokio_postgres::{Client, Config, NoTls};

use super::{report::Finding, words::percent};

/// The oldest that the migrations run on, as `server_version_num` has it.
const OLDEST: i32 = 150_000;
/// Connections in use, in percent, above which there may soon be none.
const MANY: u64 = 80;
/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(6);

/// A session of the login that was given, under no other role. It changes nothing.
pub(super) struct Database {
    pub(super) client: Client,
    /// `server_version_num`
    version: i32,
    pub(super) login: String,
    superuser: bool,
    /// The roles of ours that the login may take on.
    may: Vec<String>,
}

impl Database {
    /// Connects, or says why not.
    pub(super) async fn connect(url: &str) -> Result<Self, String> {
        if url.is_empty() {
            return Err("no database was named".to_owned());
        }
        // The client's own patience ends when there is a connection: a server that stands still may take one.
        match timeout(PATIENCE, Self::open(url)).await {
            Ok(opened) => opened.map_err(|error| format!("{error:#}")),
            Err(_) => Err(format!("connecting to Postgres took longer than {} s", PATIENCE.as_secs())),
        }
    }

    async fn open(url: &str) -> anyhow::Result<Self> {
        let mut config: Config = url.parse().context("the database URL is not usable")?;
        let given = config.get_options().unwrap_or_default();
        // What Postgres says of itself reads alike whatever somebody called like its own.
        let options = format!(
            "{given} -c default_transaction_read_only=on -c statement_timeout=5s -c search_path=pg_catalog"
        );
        config.options(options).application_name("chancery doctor").connect_timeout(Duration::from_secs(5));
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        let version = "SELECT current_setting('server_version_num')::int";
        let version: i32 = client.query_one(version, &[]).await?.get(0);
        // Since Postgres 16 a member may not always act as what it is a member of.
        let right = if version >= 160_000 { "SET" } else { "MEMBER" };
        let who = "SELECT rolname::text, rolsuper, ARRAY(SELECT r.rolname::text FROM pg_roles r
                WHERE r.rolname IN ('chancery_app', 'chancery_views', 'chancery_sealer')
                AND pg_has_role(session_user, r.oid, $1) ORDER BY 1)
            FROM pg_roles WHERE rolname = session_user";
        let who = client.query_one(who, &[&right]).await?;
        let (login, superuser, may) = (who.get(0), who.get(1), who.get(2));
        Ok(Self { client, version, login, superuser, may })
    }

    /// The role under which most can be read, if the login may take one on.
    pub(super) fn role(&self) -> Result<Role, String> {
        let roles =
            [("chancery_app", Role::App), ("chancery_views", Role::Views), ("chancery_sealer", Role::Sealer)];
        let role = roles.into_iter().find(|(name, _)| self.may.iter().any(|may| may == name));
        role.map(|(_, role)| role)
            .ok_or_else(|| format!("{} may act as none of the roles that read the log", self.login))
    }
}

/// Whether it is there at all, and its version.
pub(super) fn server(found: Result<&Database, &String>) -> Finding {
    match found {
        Err(why) => Finding::failure(
            why,
            "start Postgres, or name it with --database-url or DATABASE_URL; commands and reads stand still without it",
        ),
        Ok(database) => version(database.version),
    }
}

fn version(version: i32) -> Finding {
    let (major, minor) = (version / 10_000, version % 10_000);
    let seen = format!("Postgres {major}.{minor}");
    let finding = if version < OLDEST {
        Finding::failure(
            seen,
            "upgrade it: the migrations run on Postgres 15 and newer, and 18 is the target",
        )
    } else {
        Finding::ok(seen)
    };
    finding.with(json!({ "server_version_num": version }))
}

/// Whether the login may do what the program does.
pub(super) fn login(database: &Database) -> Finding {
    let Database { login, superuser, may, .. } = database;
    let kind = if *superuser { "a superuser, whom no grant binds" } else { "no superuser" };
    let detail = json!({ "login": login, "superuser": superuser, "may": may });
    let finding = if may.is_empty() {
        Finding::failure(
            format!("{login}, {kind}; acts as no role of ours"),
            format!(
                "GRANT chancery_app, chancery_views TO {login}; or chancery_sealer, for one that only seals"
            ),
        )
    } else {
        Finding::ok(format!("{login}, {kind}; acts as {}", may.join(", ")))
    };
    finding.with(detail)
}

/// Whether there is room for more connections.
pub(super) async fn connections(database: &Database) -> anyhow::Result<Finding> {
    let sql = "SELECT count(*) FILTER (WHERE datname = current_database() AND application_name LIKE 'chancery/%'),
            count(*), (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int)::bigint
        FROM pg_stat_activity WHERE datname IS NOT NULL AND usename IS NOT NULL";
    let row = database.client.query_one(sql, &[]).await?;
    let [ours, used, most] = [0, 1, 2].map(|column| row.get::<_, i64>(column).cast_unsigned());
    let seen = format!("{used} of {most} in use, {ours} by Chancery");
    let finding = if percent(used, most) >= MANY {
        Finding::warning(
            seen,
            "raise max_connections, or lower CHANCERY_DATABASE_CONNECTIONS of the processes",
        )
    } else {
        Finding::ok(seen)
    };
    Ok(finding.with(json!({ "used": used, "most": most, "chancery": ours })))
}

#[cfg(test)]
mod tests {
    use super::{super::report::Verdict, *};

    #[test]
    fn a_server_that_is_too_old_is_a_failure() {
        assert_eq!(version(140_011).verdict, Verdict::Failure);
        assert_eq!(version(140_011).seen, "Postgres 14.11");
        assert_eq!(version(150_000).verdict, Verdict::Ok);
    }
}
