//! Stopping: what is under way ends well.

use std::time::Duration;

use crate::{
    cast::{Cast, app_body},
    held::Held,
    server::Server,
};

#[tokio::test]
async fn a_command_that_is_under_way_gets_its_answer() {
    let cast = Cast::new().await;
    let call = cast.server.post("/v1/apps").token(&cast.maker).key("k1").json(&app_body());
    let held = Held::head(cast.db.url()).await;
    let command = tokio::spawn(call.send());
    held.is_waited_for().await;
    cast.server.stop.cancel();
    // The listener is gone, the command is not.
    tokio::time::timeout(Duration::from_secs(15), async {
        while tokio::net::TcpStream::connect(cast.server.address()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
    held.release().await;
    let answer = command.await.unwrap().expect(201);
    let Cast { server, db, maker, .. } = cast;
    server.shut_down().await;

    let restarted = Server::start(&db).await;
    let again = restarted.post("/v1/apps").token(&maker).key("k1").json(&app_body()).send().await;
    assert_eq!(again.expect(201).text, answer.text);
}
