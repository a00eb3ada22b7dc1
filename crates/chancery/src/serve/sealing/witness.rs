//! Witnesses by name: a file, or one that speaks C2SP's `tlog-witness` over HTTP.

use std::{fmt, path::PathBuf, str::FromStr};

use anyhow::bail;
use chancery_journal::{FileWitness, Witness, WitnessError};
use chancery_wire::audit::{Submission, VerifyingKey};
use futures_util::future::{BoxFuture, FutureExt as _};
use reqwest::{Client, StatusCode, Url, header::CONTENT_TYPE};

/// Where a witness is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    File(PathBuf),
    Http(Url),
}

impl FromStr for Place {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        if let Some(path) = text.strip_prefix("file:") {
            // file:///path, file:/path and file:path are all seen.
            return Ok(Self::File(path.strip_prefix("//").unwrap_or(path).into()));
        }
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Self::Http(url)),
            _ => bail!("a witness is file:/path, https://… or http://…"),
        }
    }
}

impl Place {
    /// The witness there, of the log that has this key.
    pub(super) fn witness(&self, key: &VerifyingKey) -> Box<dyn Witness> {
        match self {
            Self::File(path) => Box::new(FileWitness::new(path, key.clone())),
            Self::Http(url) => Box::new(HttpWitness { url: url.clone(), client: Client::new() }),
        }
    }
}

/// A witness at a submission prefix. Its cosignatures are not kept: what counts here is that it would refuse.
#[derive(Debug)]
struct HttpWitness {
    url: Url,
    client: Client,
}

impl HttpWitness {
    async fn send(&self, submission: &Submission) -> Result<(), WitnessError> {
        let url = format!("{}/add-checkpoint", self.url.as_str().trim_end_matches('/'));
        let sent = self.client.post(url).body(submission.to_string()).send().await;
        let answer = sent.map_err(|error| WitnessError::Away(error.into()))?;
        let status = answer.status();
        let size = answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "text/x.tlog.size");
        let body = answer.text().await.map_err(|error| WitnessError::Away(error.into()))?;
        match status {
            StatusCode::OK => Ok(()),
            StatusCode::CONFLICT if size => match body.trim_end().parse() {
                Ok(size) => Err(WitnessError::At { size }),
                Err(_) => Err(WitnessError::Away(format!("it says that it is at {body:?}").into())),
            },
            // The same size, and another root.
            StatusCode::CONFLICT => Err(WitnessError::At { size: submission.old }),
            StatusCode::BAD_REQUEST
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::UNPROCESSABLE_ENTITY => {
                Err(WitnessError::Refused(format!("it answers {status}: {}", body.trim_end())))
            }
            _ => Err(WitnessError::Away(format!("it answers {status}").into())),
        }
    }
}

impl Witness for HttpWitness {
    fn add<'a>(&'a mut self, submission: &'a Submission) -> BoxFuture<'a, Result<(), WitnessError>> {
        self.send(submission).boxed()
    }
}

impl fmt::Display for HttpWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}
