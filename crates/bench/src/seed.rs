//! A log to read: ten events of each connection, the first its consent, spread so that neighbours in the log are of
//! different connections.

use chancery_journal::migrate;

use crate::load;

/// Events of a connection.
const PER_CONNECTION: i64 = 10;

const SEED: &str = r#"
    INSERT INTO events (position, event_id, category, stream, version, type, schema_version, recorded_at, key_app,
                        key_tenant, actor_kind, actor_id, command_id, correlation_id, traceparent, data)
    SELECT g, gen_random_uuid(), 'connection', 'connection-' || app || '-' || k || '-production', v,
           CASE v WHEN 1 THEN 'TenantConnected' ELSE 'VersionUpgraded' END, 1,
           timestamptz '2026-01-15' + g * interval '1 ms', app, k, 'person', 'person-1042',
           gen_random_uuid(), gen_random_uuid(), '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
           CASE v WHEN 1 THEN
               format('{"app_id":"%s","tenant_id":"%s","environment":"production","connection_id":"%s",'
                      '"version":"1","client_id":"cid.%s"}', app, k, md5(k::text)::uuid, left(md5(k::text), 25))
           ELSE
               format('{"app_id":"%s","tenant_id":"%s","environment":"production","from_version":"%s",'
                      '"version":"%s"}', app, k, v - 1, v)
           END::json
    FROM (SELECT g, (g - 1) % $2::bigint + 1 AS k, (g - 1) / $2::bigint + 1 AS v,
                 md5(((g - 1) % $2::bigint / 1000)::text)::uuid AS app
          FROM generate_series(1, $1::bigint) AS g) AS seed"#;

/// Fills the empty database at `url`.
pub async fn fill(url: &str, events: u64) -> anyhow::Result<()> {
    migrate(url).await?;
    let client = load::connect(url).await?;
    let events = events.cast_signed();
    client.execute(SEED, &[&events, &(events / PER_CONNECTION).max(1)]).await?;
    client.execute("UPDATE head SET position = $1", &[&events]).await?;
    client.batch_execute("VACUUM ANALYZE events").await?;
    client.batch_execute("CHECKPOINT").await?;
    Ok(())
}
