//! Asking what answers over HTTP, without telling what may be secret in a URL.

use reqwest::{Client, Url};

/// What is at the path there, or why it is not known.
pub(super) async fn get(client: &Client, url: &Url, path: &str) -> Result<String, String> {
    let why = |error: reqwest::Error| format!("{:#}", anyhow::Error::from(error.without_url()));
    let answer = client.get(format!("{}/{path}", url.as_str().trim_end_matches('/'))).send().await;
    answer.map_err(why)?.text().await.map_err(why)
}
