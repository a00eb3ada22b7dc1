//! Guessing is limited, and locks nobody out.

use super::{Client, ask, error, form, text};
use crate::server::Server;

#[tokio::test]
async fn who_guesses_is_slowed_down_and_the_rightful_client_is_not() {
    let client = Client::new().await;
    let mut codes = Vec::new();
    for guess in 0..25 {
        let reply = ask(&client.cast.server, &form(&client.id, &format!("cs1.{guess:050}"))).await;
        if reply.status == 429 {
            assert_eq!(error(&reply, 429), "slow_down");
            let wait: u64 = reply.header("Retry-After").unwrap().parse().unwrap();
            assert!((1..=60).contains(&wait));
        }
        codes.push(reply.status);
    }
    assert_eq!(codes, [vec![401; 20], vec![429; 5]].concat());
    ask(&client.cast.server, &client.form()).await.expect(200);
    let metrics = client.cast.server.ops("/metrics").send().await.expect(200).text;
    let refused = r#"chancery_connect_total{endpoint="token",outcome="slow_down"} 5"#;
    assert!(metrics.contains(refused), "{metrics}");
}

#[tokio::test]
async fn a_fresh_secret_works_at_once_where_its_client_id_is_guessed_at() {
    let client = Client::new().await;
    let other = Server::start(&client.cast.db).await;
    for guess in 0..21 {
        ask(&other, &form(&client.id, &format!("cs1.{guess:050}"))).await;
    }
    // Often enough to come before the process that is asked has heard of it, and within the minute of the guesses.
    for round in 0..8 {
        let secret = text(&client.generate("PT24H").await, "client_secret");
        let reply = ask(&other, &form(&client.id, &secret)).await;
        assert_eq!(reply.status, 200, "round {round}: {}", reply.text);
    }
    let guess = ask(&other, &form(&client.id, &format!("cs1.{:050}", 21))).await;
    assert_eq!(error(&guess, 429), "slow_down");
}
