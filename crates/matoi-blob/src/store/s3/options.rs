//! How to reach the object store.

use std::fmt;
use std::io;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{Certificate, ClientOptions};
use zeroize::Zeroizing;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For one request, of which the longest carries a part of 64 MiB: enough at 2 Mbit/s.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(300);

/// How to reach the object store.
#[derive(Debug, Clone)]
pub struct S3Options {
    /// Region; `us-east-1` or anything where the store has none.
    pub region: String,
    /// Address of the store, such as `https://minio.example:9000`; `None` for Amazon's.
    pub endpoint: Option<String>,
    /// Who we are.
    pub credentials: S3Credentials,
    /// Whether the bucket is part of the host name (Amazon) and not of the path (most others).
    pub virtual_hosted_style: bool,
    /// Whether an `http://` address is acceptable: content is encrypted all the same, but requests are not.
    pub allow_http: bool,
    /// Certificates in PEM form to trust beside those of the system, such as the organisation's own authority.
    pub extra_certificates: Option<Vec<u8>>,
}

/// Who we are to the object store. Debug output shows no secret.
#[derive(Clone)]
pub enum S3Credentials {
    /// A key pair.
    KeyPair {
        /// Access key id.
        access_key_id: String,
        /// Secret access key.
        secret_access_key: Zeroizing<String>,
    },
    /// What the machine provides: the `AWS_*` environment variables, a web identity, or the instance's role.
    Ambient,
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyPair { access_key_id, .. } => write!(formatter, "KeyPair({access_key_id})"),
            Self::Ambient => formatter.write_str("Ambient"),
        }
    }
}

/// The object store cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    /// The address is not of the form `s3://bucket/prefix`.
    #[error("an object store is named as `s3://bucket` or `s3://bucket/prefix`")]
    Url,
    /// An `http://` endpoint without leave.
    #[error("the endpoint is not encrypted (http) and this is not allowed")]
    Http,
    /// The options contradict each other or a certificate is none.
    #[error("the object store cannot be used as configured")]
    Options(#[source] object_store::Error),
    /// The background thread could not be started.
    #[error("could not start the object store client")]
    Runtime(#[source] io::Error),
}

impl S3Options {
    pub(super) fn build(&self, url: &str) -> Result<(AmazonS3, Path), S3Error> {
        let (bucket, prefix) = split_url(url).ok_or(S3Error::Url)?;
        let endpoint = self.endpoint.as_deref();
        if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) && !self.allow_http {
            return Err(S3Error::Http);
        }
        let mut client = ClientOptions::new()
            .with_allow_http(self.allow_http)
            .with_connect_timeout(CONNECT_TIMEOUT)
            .with_timeout(REQUEST_TIMEOUT);
        for certificate in self.certificates().map_err(S3Error::Options)? {
            client = client.with_root_certificate(certificate);
        }
        let mut builder = match &self.credentials {
            S3Credentials::KeyPair {
                access_key_id,
                secret_access_key,
            } => AmazonS3Builder::new()
                .with_access_key_id(access_key_id)
                .with_secret_access_key(secret_access_key.as_str()),
            S3Credentials::Ambient => AmazonS3Builder::from_env(),
        };
        builder = builder
            .with_bucket_name(bucket)
            .with_region(&self.region)
            .with_virtual_hosted_style_request(self.virtual_hosted_style)
            .with_client_options(client);
        if let Some(endpoint) = endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        Ok((builder.build().map_err(S3Error::Options)?, prefix))
    }

    fn certificates(&self) -> object_store::Result<Vec<Certificate>> {
        self.extra_certificates
            .as_deref()
            .map_or(Ok(Vec::new()), Certificate::from_pem_bundle)
    }
}

fn split_url(url: &str) -> Option<(&str, Path)> {
    let rest = url.strip_prefix("s3://")?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if bucket.is_empty() || !bucket.bytes().all(plain) {
        return None;
    }
    Some((bucket, Path::parse(prefix).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_bucket_and_prefix() {
        let check = |url: &str, expect: Option<(&str, &str)>| {
            let split = split_url(url).map(|(bucket, prefix)| (bucket, prefix.to_string()));
            assert_eq!(
                split,
                expect.map(|(bucket, prefix)| (bucket, prefix.to_owned())),
                "{url}"
            );
        };
        check("s3://files", Some(("files", "")));
        check("s3://files/", Some(("files", "")));
        check("s3://files/matoi/blobs/", Some(("files", "matoi/blobs")));
        check("s3://", None);
        check("s3:///x", None);
        check("https://files", None);
        check("s3://fi les", None);
        check("s3://user@files", None);
        check("s3://files/a//b", None);
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret_access_key = Zeroizing::new("hunter2".to_owned());
        let credentials = S3Credentials::KeyPair {
            access_key_id: "id".to_owned(),
            secret_access_key,
        };
        assert_eq!(format!("{credentials:?}"), "KeyPair(id)");
    }

    #[test]
    fn an_unencrypted_endpoint_needs_leave() {
        let options = S3Options {
            region: "us-east-1".to_owned(),
            endpoint: Some("http://localhost:9000".to_owned()),
            credentials: S3Credentials::Ambient,
            virtual_hosted_style: false,
            allow_http: false,
            extra_certificates: None,
        };
        assert!(matches!(options.build("s3://files"), Err(S3Error::Http)));
    }
}
