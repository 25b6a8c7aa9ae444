//! Configuration: a TOML file, `MATOI_*` environment variables and flags, each winning over the one before.
//!
//! [`settings::SETTINGS`] is the one list from which parsing, `config check`, `config show` and the commented example come.
//! The rest of the program sees [`Config`]: values with their types, checked against each other. Secrets come from files
//! or the environment and are masked wherever a configuration is shown.

mod check;
pub mod example;
mod file;
mod files;
pub mod kind;
pub mod layers;
pub mod settings;
pub mod show;
pub mod units;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use matoi_blob::store::S3Options;
use matoi_core::identity::sessions;
use matoi_db::{DbUrl, PoolOptions};
use matoi_types::Lang;
use zeroize::Zeroizing;

pub use kind::Value;
pub use layers::{Effective, Entry, FlagValue, Origin, Problem, Sources};

/// The configuration, with its types.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the database and the encrypted files are.
    pub data_dir: PathBuf,
    /// The file of the master key.
    pub key_file: PathBuf,
    /// The language in which commands speak to people.
    pub language: Lang,
    /// The web server.
    pub server: ServerConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// Where files lie.
    pub blobs: BlobsConfig,
    /// How long a log-in lasts.
    pub session: sessions::Limits,
    /// Logs.
    pub log: LogConfig,
    /// What comes in.
    pub intake: IntakeConfig,
    /// Child processes.
    pub workers: WorkersConfig,
    /// Figures for Prometheus.
    pub metrics: MetricsConfig,
    /// Single sign-on, when it is configured.
    pub oidc: Option<OidcConfig>,
}

/// The web server.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address that users use; none for the one listened on.
    pub public_url: Option<String>,
    /// The path below which everything lies; empty for the root.
    pub base_path: String,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How long requests under way may take to finish at the end.
    pub stop_within: Duration,
    /// TLS by the program itself.
    pub tls: Option<TlsConfig>,
    /// How much is taken in, and how slowly.
    pub limits: LimitsConfig,
}

/// Where certificate and key lie.
#[derive(Debug, Clone)]
pub struct TlsConfig {
    /// The certificate with its intermediates.
    pub certificate_file: PathBuf,
    /// Its private key.
    pub key_file: PathBuf,
}

/// How much is taken in, and how slowly.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    /// Bytes of a request without attachments.
    pub max_body: usize,
    /// Bytes of a request with attachments.
    pub max_upload: usize,
    /// Bytes of one attachment.
    pub max_file: u64,
    /// For the header of a request to arrive.
    pub header_timeout: Duration,
    /// For a pause in the body of a request.
    pub body_timeout: Duration,
}

/// The database.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// Where it is, with the password.
    pub url: DbUrl,
    /// Its pools.
    pub pool: PoolOptions,
}

/// Where files lie.
#[derive(Debug, Clone)]
pub enum BlobsConfig {
    /// In a directory.
    Directory(PathBuf),
    /// In an S3-compatible store, with the file of additional certificate authorities.
    S3(String, Box<S3Options>, Option<PathBuf>),
}

/// Logs.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// One JSON object a line, instead of text.
    pub json: bool,
    /// What is logged.
    pub level: String,
}

/// What comes in.
#[derive(Debug, Clone)]
pub struct IntakeConfig {
    /// Bytes of a mail.
    pub max_mail: u64,
}

/// Child processes that handle hostile input.
#[derive(Debug, Clone)]
pub struct WorkersConfig {
    /// How many take mails and files apart.
    pub parsers: usize,
    /// Bytes that one of them may use.
    pub memory: u64,
    /// For one item.
    pub timeout: Duration,
}

/// Figures for Prometheus.
#[derive(Debug, Clone)]
pub struct MetricsConfig {
    /// Whether they are served.
    pub enabled: bool,
    /// What other machines must show; without it only this machine may read them.
    pub token: Option<Zeroizing<String>>,
}

/// Single sign-on by OpenID Connect.
#[derive(Debug, Clone)]
pub struct OidcConfig {
    /// The issuer.
    pub issuer: String,
    /// The name on the log-in button.
    pub name: String,
    /// The client id.
    pub client_id: String,
    /// The client secret; none for a public client with PKCE.
    pub client_secret: Option<Zeroizing<String>>,
    /// The certificates of an authority of one's own.
    pub ca_file: Option<PathBuf>,
    /// The scopes asked for.
    pub scopes: Vec<String>,
    /// Whether only break-glass accounts may sign in with a password.
    pub only: bool,
    /// Whether somebody who signs on for the first time gets an account.
    pub create_accounts: bool,
    /// Which roles the values of the groups claim give.
    pub roles: Vec<(String, Vec<String>)>,
    /// Names of claims.
    pub claims: OidcClaims,
}

/// Names of the identity provider's claims.
#[derive(Debug, Clone)]
pub struct OidcClaims {
    /// The name to sign in with.
    pub login: String,
    /// The name to show.
    pub name: String,
    /// The mail address.
    pub mail: String,
    /// The groups.
    pub groups: String,
}

impl Config {
    /// The typed configuration, if its values fit together.
    ///
    /// # Errors
    /// Everything that does not fit, with its place.
    pub fn new(effective: &Effective) -> Result<Self, Vec<Problem>> {
        match check::check(effective) {
            (config, problems) if problems.is_empty() => Ok(config),
            (_, problems) => Err(problems),
        }
    }

    /// Everything that is wrong with how the values fit together, and with the files they name.
    #[must_use]
    pub fn misfits(effective: &Effective) -> Vec<Problem> {
        let (config, mut problems) = check::check(effective);
        problems.extend(files::check(effective, &config));
        problems
    }

    /// Whether the database is a file that only one server can use.
    #[must_use]
    pub const fn is_on_sqlite(&self) -> bool {
        matches!(self.database.url, DbUrl::Sqlite(_))
    }

    /// Where users reach the program, once the address listened on is known.
    #[must_use]
    pub fn public_url(&self, address: SocketAddr) -> String {
        self.server.public_url.clone().unwrap_or_else(|| {
            let scheme = if self.server.tls.is_some() {
                "https"
            } else {
                "http"
            };
            // An unspecified address is not one that a browser can open.
            let host = match address.ip() {
                ip if ip.is_unspecified() => format!("localhost:{}", address.port()),
                _ => address.to_string(),
            };
            format!("{scheme}://{host}{}", self.server.base_path)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<Config, Vec<Problem>> {
        let flags = pairs.iter().filter(|(path, _)| !path.starts_with("MATOI_"));
        let variables = pairs.iter().filter(|(path, _)| path.starts_with("MATOI_"));
        let sources = Sources {
            file: None,
            flags: flags
                .map(|(path, text)| FlagValue {
                    path: (*path).to_owned(),
                    text: (*text).to_owned(),
                    flag: "--set".to_owned(),
                })
                .collect(),
            variables: variables
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
        };
        Config::new(&Effective::load(&sources)?)
    }

    fn check(pairs: &[(&str, &str)], expect: &str) {
        let problems = load(pairs).expect_err("a problem");
        let text: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(text.len(), 1, "{text:?}");
        assert!(text[0].contains(expect), "{text:?}");
    }

    #[test]
    fn without_a_word_everything_has_a_sound_value() {
        let config = load(&[]).unwrap();
        assert_eq!(config.data_dir, Path::new("var/matoi"));
        assert_eq!(config.key_file, Path::new("var/matoi.keys/master.key"));
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:8322");
        assert_eq!(config.server.base_path, "");
        assert_eq!(config.server.limits.max_file, 50 << 20);
        assert!(
            matches!(&config.database.url, DbUrl::Sqlite(path) if path == Path::new("var/matoi/matoi.db"))
        );
        assert_eq!(config.database.pool.connections, 6);
        assert_eq!(config.database.pool.sqlite_cache_kib, 20480);
        assert!(
            matches!(&config.blobs, BlobsConfig::Directory(path) if path == Path::new("var/matoi/blobs"))
        );
        assert_eq!(config.session.idle, 7200);
        assert!(config.oidc.is_none() && config.metrics.enabled && config.metrics.token.is_none());
        assert_eq!(config.public_url(config.server.listen), "http://127.0.0.1:8322");
    }

    #[test]
    fn an_address_that_others_reach_needs_encryption_or_a_word() {
        let open = ("server.listen", "0.0.0.0:8322");
        check(&[open], "nothing encrypts what they send");
        check(
            &[open, ("server.public_url", "https://matoi.example")],
            "server.trusted_proxies",
        );
        for rest in [
            vec![("server.insecure_http", "true")],
            vec![
                ("server.public_url", "https://matoi.example"),
                ("server.trusted_proxies", "10.0.0.1"),
            ],
            vec![
                ("server.tls.certificate_file", "c.pem"),
                ("server.tls.key_file", "k.pem"),
            ],
        ] {
            let pairs: Vec<_> = std::iter::once(open).chain(rest).collect();
            assert!(load(&pairs).is_ok(), "{pairs:?}");
        }
        assert!(load(&[("server.listen", "[::1]:8322")]).is_ok());
    }

    #[test]
    fn the_base_path_is_that_of_the_public_address() {
        let base = |pairs: &[(&str, &str)]| {
            let config = load(pairs).unwrap();
            (
                config.server.base_path.clone(),
                config.public_url(config.server.listen),
            )
        };
        let url = ("server.public_url", "https://www.example/csirt/matoi/");
        assert_eq!(
            base(&[url]),
            (
                "/csirt/matoi".to_owned(),
                "https://www.example/csirt/matoi".to_owned()
            )
        );
        assert_eq!(
            base(&[("server.base_path", "/matoi")]),
            ("/matoi".to_owned(), "http://127.0.0.1:8322/matoi".to_owned())
        );
        check(
            &[url, ("server.base_path", "/matoi")],
            "is not the path of server.public_url",
        );
    }

    #[test]
    fn an_identity_provider_is_reached_in_private() {
        let with = |issuer| [("oidc.issuer", issuer), ("oidc.client_id", "matoi")];
        for issuer in [
            "http://login.example",
            "http://10.0.0.1/realms/x",
            "http://127.0.0.1.example",
        ] {
            check(&with(issuer), "is not encrypted");
        }
        for issuer in [
            "https://login.example/realms/x",
            "http://127.0.0.1:9000",
            "http://localhost:9000",
            "http://[::1]:1",
        ] {
            let oidc = load(&with(issuer)).unwrap().oidc.unwrap();
            assert_eq!(oidc.issuer, issuer);
        }
        let named = load(&with("https://login.example/realms/x"))
            .unwrap()
            .oidc
            .unwrap();
        assert_eq!(
            (named.name.as_str(), named.only, named.create_accounts),
            ("login.example", false, false)
        );
    }

    #[test]
    fn what_belongs_together_is_asked_for_together() {
        check(&[("server.tls.key_file", "k.pem")], "certificate_file is missing");
        check(
            &[("oidc.issuer", "https://login.example")],
            "oidc.client_id is missing",
        );
        check(&[("MATOI_DATABASE_PASSWORD", "x")], "SQLite has no password");
        check(
            &[("session.idle", "2 d"), ("session.absolute", "1 d")],
            "session.absolute",
        );
        check(&[("server.limits.max_file", "100 MiB")], "max_upload");
        check(
            &[("blobs.url", "s3://b"), ("blobs.s3.access_key_id", "k")],
            "secret_access_key_file is missing",
        );
        check(
            &[
                ("blobs.url", "s3://b"),
                ("blobs.s3.endpoint", "http://s3.example"),
            ],
            "not encrypted",
        );
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let config = load(&[
            ("MATOI_DATABASE_URL", "postgres://matoi@db/matoi"),
            ("MATOI_DATABASE_PASSWORD", "hunter2"),
        ])
        .unwrap();
        assert!(!format!("{:?}", config.database).contains("hunter2"));
    }
}
