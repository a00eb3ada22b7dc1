//! Guessing is limited, and locks nobody out.

use super::{Client, ask, error, form};

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
