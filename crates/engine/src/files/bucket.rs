//! Attachments in an S3-compatible bucket: for a county whose machine has little disk. Off unless built with the feature `s3`.

use std::io;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{ClientConfigKey, Error, ObjectStore, ObjectStoreExt, RetryConfig};

use super::vault::{Entry, Vault, is_name};

/// One bucket, under `attachments/`, with its name: whatever goes wrong there says where.
pub struct Bucket(AmazonS3, String);

impl Bucket {
    /// Address and keys come from the environment (`AWS_ENDPOINT`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`), so
    /// that no secret stands in a file of settings.
    pub fn from_env(name: &str) -> io::Result<Self> {
        let patient =
            |builder: AmazonS3Builder, (key, value)| builder.with_config(AmazonS3ConfigKey::Client(key), value);
        let waits = [(ClientConfigKey::ConnectTimeout, "5 s"), (ClientConfigKey::Timeout, "60 s")];
        let builder = waits.into_iter().fold(AmazonS3Builder::from_env().with_bucket_name(name), patient);
        // Uploads wait for each other, and a teacher stands before the page: a bucket that is away is said soon.
        let retry = RetryConfig { max_retries: 2, retry_timeout: Duration::from_secs(15), ..RetryConfig::default() };
        let built = builder.with_retry(retry).build();
        let built = built.map_err(|error| at(name, &error))?;
        Ok(Self(built, name.to_owned()))
    }

    fn error(&self, error: &Error) -> io::Error {
        at(&self.1, error)
    }
}

fn at(bucket: &str, error: &Error) -> io::Error {
    io::Error::other(format!("the bucket {bucket}: {error}"))
}

fn place(name: &str) -> io::Result<Path> {
    if !is_name(name) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a name of ours"));
    }
    Ok(Path::from(format!("attachments/{name}")))
}

#[async_trait]
impl Vault for Bucket {
    /// Written whole or not at all, by the bucket's own promise; the same name holds the same bytes.
    async fn put(&self, name: &str, bytes: Vec<u8>) -> io::Result<()> {
        self.0.put(&place(name)?, bytes.into()).await.map_err(|error| self.error(&error))?;
        Ok(())
    }

    async fn get(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match self.0.get(&place(name)?).await {
            Err(Error::NotFound { .. }) => Ok(None),
            found => {
                let bytes = async { found?.bytes().await }.await.map_err(|error| self.error(&error))?;
                Ok(Some(bytes.into()))
            }
        }
    }

    async fn remove(&self, name: &str) -> io::Result<()> {
        match self.0.delete(&place(name)?).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.error(&error)),
        }
    }

    async fn entries(&self) -> io::Result<Vec<Entry>> {
        let all = self.0.list(Some(&Path::from("attachments"))).map_ok(|about| Entry {
            name: about.location.filename().unwrap_or_default().to_owned(),
            size: about.size,
            since: Some(SystemTime::from(about.last_modified)),
        });
        let mut all: Vec<_> = all.try_collect().await.map_err(|error| self.error(&error))?;
        all.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(all)
    }
}
