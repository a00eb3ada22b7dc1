//! The configuration of a private NATS server: who may publish what (DESIGN: only the relay may publish events).

use std::path::Path;

/// What anybody but the relay may publish: questions to JetStream that change no message. Nothing under `chancery.`,
/// and no `_INBOX`, where a reader could answer in the server's place.
const READER_PUBLISHES: [&str; 9] = [
    "$JS.API.INFO",
    "$JS.API.STREAM.INFO.*",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.MSG.GET.*",
    "$JS.API.DIRECT.GET.>",
    "$JS.API.CONSUMER.>",
    "$JS.ACK.>",
    "$JS.FC.>",
    "$SYS.REQ.USER.INFO",
];

pub(crate) fn render(name: &str, port: u16, store: &Path, passwords: [&str; 2]) -> String {
    let [relay_password, reader_password] = passwords;
    let publishes = READER_PUBLISHES.map(|subject| format!("{subject:?}")).join(", ");
    let store = store.display();
    format!(
        r#"host: "127.0.0.1"
port: {port}
server_name: "{name}"
max_payload: 1MB
jetstream {{
  store_dir: "{store}"
}}
authorization {{
  users: [
    {{ user: "relay", password: "{relay_password}", permissions: {{ publish: ">", subscribe: ">" }} }}
    {{ user: "reader", password: "{reader_password}", permissions: {{
      publish: {{ allow: [{publishes}] }}
      subscribe: {{ allow: ["chancery.>", "_INBOX.>"] }}
    }} }}
  ]
}}
"#
    )
}
