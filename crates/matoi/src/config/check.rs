//! Gives the values their types and holds them against each other.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use matoi_blob::store::{S3Credentials, S3Options};
use matoi_core::identity::sessions;
use matoi_db::{DbUrl, PoolOptions};
use matoi_types::Lang;
use zeroize::Zeroizing;

use super::{
    BlobsConfig, Config, DatabaseConfig, Effective, IntakeConfig, LimitsConfig, LogConfig, MetricsConfig,
    OidcClaims, OidcConfig, Problem, ServerConfig, TlsConfig, Value, WorkersConfig,
};

/// The typed configuration, and everything that does not fit. Of settings that could not be read nothing more is said.
pub(super) fn check(effective: &Effective) -> (Config, Vec<Problem>) {
    let mut checking = Checking {
        effective,
        problems: Vec::new(),
    };
    let config = checking.config();
    (config, checking.problems)
}

struct Checking<'a> {
    effective: &'a Effective,
    problems: Vec<Problem>,
}

impl Checking<'_> {
    fn config(&mut self) -> Config {
        let data_dir = self.path("data_dir").unwrap_or_default();
        Config {
            key_file: self
                .path("key_file")
                .unwrap_or_else(|| key_file_beside(&data_dir)),
            language: self.language(),
            server: self.server(),
            database: self.database(&data_dir),
            blobs: self.blobs(&data_dir),
            session: self.session(),
            log: LogConfig {
                json: self.text("log.format").as_deref() == Some("json"),
                level: self.text("log.level").unwrap_or_default(),
            },
            intake: IntakeConfig {
                max_mail: self.size("intake.max_mail"),
            },
            workers: WorkersConfig {
                parsers: usize::try_from(self.number("workers.parsers")).unwrap_or(1),
                memory: self.size("workers.memory"),
                timeout: self.duration("workers.timeout"),
            },
            metrics: MetricsConfig {
                enabled: self.flag("metrics.enabled"),
                token: self.secret("metrics.token"),
            },
            oidc: self.oidc(),
            data_dir,
        }
    }

    fn language(&self) -> Lang {
        match self.text("language").as_deref() {
            Some("ja") => Lang::Ja,
            Some("en") => Lang::En,
            _ => language_of_the_environment(|name| std::env::var(name).ok()),
        }
    }

    fn server(&mut self) -> ServerConfig {
        let listen = match self.value("server.listen") {
            Some(Value::Address(address)) => *address,
            _ => SocketAddr::from(([127, 0, 0, 1], 8322)),
        };
        let public_url = self.text("server.public_url");
        let trusted_proxies = match self.value("server.trusted_proxies") {
            Some(Value::Networks(networks)) => networks.clone(),
            _ => Vec::new(),
        };
        let server = ServerConfig {
            listen,
            base_path: self.base_path(public_url.as_deref()),
            public_url,
            trusted_proxies,
            stop_within: self.duration("server.stop_within"),
            tls: self.tls(),
            limits: LimitsConfig {
                max_body: usize::try_from(self.size("server.limits.max_body")).unwrap_or(usize::MAX),
                max_upload: usize::try_from(self.size("server.limits.max_upload")).unwrap_or(usize::MAX),
                max_file: self.size("server.limits.max_file"),
                header_timeout: self.duration("server.limits.header_timeout"),
                body_timeout: self.duration("server.limits.body_timeout"),
            },
        };
        if server.limits.max_file > server.limits.max_upload as u64 {
            self.misfit(
                "server.limits.max_file",
                &["server.limits.max_upload"],
                "a file cannot be larger than the whole request, server.limits.max_upload",
            );
        }
        self.require_privacy(&server);
        server
    }

    /// Passwords and reports cross the network in the clear only where somebody said so.
    fn require_privacy(&mut self, server: &ServerConfig) {
        let behind_a_proxy = server
            .public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
            && !server.trusted_proxies.is_empty();
        if server.listen.ip().is_loopback()
            || server.tls.is_some()
            || behind_a_proxy
            || self.flag("server.insecure_http")
        {
            return;
        }
        self.misfit(
            "server.listen", &["server.public_url", "server.trusted_proxies", "server.tls.certificate_file", "server.tls.key_file", "server.insecure_http"],
            format!(
                "{} is reached by other machines, but nothing encrypts what they send: set server.tls.certificate_file and key_file; \
                 or, behind a proxy that does it, server.public_url = \"https://…\" and server.trusted_proxies; or listen on 127.0.0.1; \
                 or, knowing that passwords can be read on the way, server.insecure_http = true",
                server.listen
            ),
        );
    }

    fn base_path(&mut self, public_url: Option<&str>) -> String {
        let said = self.text("server.base_path");
        let of_url = public_url.map(|url| {
            let rest = url.split_once("://").map_or("", |(_, rest)| rest);
            rest.find('/')
                .and_then(|at| rest.get(at..))
                .unwrap_or_default()
                .to_owned()
        });
        match (said, of_url) {
            (Some(said), Some(of_url)) if said != of_url => {
                self.misfit(
                    "server.base_path", &["server.public_url"],
                    format!("\"{said}\" is not the path of server.public_url, \"{of_url}\": leave one of them out or make them agree"),
                );
                said
            }
            (Some(said), _) => said,
            (None, Some(of_url)) => of_url,
            (None, None) => String::new(),
        }
    }

    fn tls(&mut self) -> Option<TlsConfig> {
        let certificate = self.path("server.tls.certificate_file");
        let key = self.path("server.tls.key_file");
        match (certificate, key) {
            (Some(certificate_file), Some(key_file)) => Some(TlsConfig {
                certificate_file,
                key_file,
            }),
            (None, None) => None,
            (Some(_), None) => {
                self.misfit(
                    "server.tls.certificate_file",
                    &["server.tls.key_file"],
                    "server.tls.key_file is missing",
                );
                None
            }
            (None, Some(_)) => {
                self.misfit(
                    "server.tls.key_file",
                    &["server.tls.certificate_file"],
                    "server.tls.certificate_file is missing",
                );
                None
            }
        }
    }

    fn database(&mut self, data_dir: &Path) -> DatabaseConfig {
        let password = self.secret("database.password");
        let url = match self.text("database.url").and_then(|text| text.parse().ok()) {
            Some(DbUrl::Sqlite(path)) => DbUrl::Sqlite(path),
            Some(url) => match &password {
                Some(password) => url.with_password(password),
                None => url,
            },
            None => DbUrl::Sqlite(data_dir.join("matoi.db")),
        };
        if password.is_some() && matches!(url, DbUrl::Sqlite(_)) {
            self.misfit(
                "database.password",
                &["database.url"],
                "SQLite has no password: set database.url too, or leave it out",
            );
        }
        DatabaseConfig {
            url,
            pool: PoolOptions {
                connections: u32::try_from(self.number("database.connections")).unwrap_or(1),
                acquire_timeout: self.duration("database.wait"),
                sqlite_cache_kib: u32::try_from(self.size("database.sqlite_cache") / 1024)
                    .unwrap_or(u32::MAX),
            },
        }
    }

    fn blobs(&mut self, data_dir: &Path) -> BlobsConfig {
        let Some(url) = self.text("blobs.url") else {
            return BlobsConfig::Directory(data_dir.join("blobs"));
        };
        if let Some(directory) = url.strip_prefix("file:") {
            return BlobsConfig::Directory(directory.into());
        }
        let access_key_id = self.text("blobs.s3.access_key_id");
        let credentials = match (access_key_id, self.secret("blobs.s3.secret_access_key")) {
            (Some(access_key_id), Some(secret_access_key)) => S3Credentials::KeyPair {
                access_key_id,
                secret_access_key,
            },
            (None, None) => S3Credentials::Ambient,
            (Some(_), None) => {
                self.misfit(
                    "blobs.s3.access_key_id",
                    &["blobs.s3.secret_access_key"],
                    "blobs.s3.secret_access_key_file is missing",
                );
                S3Credentials::Ambient
            }
            (None, Some(_)) => {
                self.misfit(
                    "blobs.s3.secret_access_key",
                    &["blobs.s3.access_key_id"],
                    "blobs.s3.access_key_id is missing",
                );
                S3Credentials::Ambient
            }
        };
        let options = S3Options {
            region: self.text("blobs.s3.region").unwrap_or_default(),
            endpoint: self.text("blobs.s3.endpoint"),
            credentials,
            virtual_hosted_style: self.flag("blobs.s3.virtual_hosted_style"),
            allow_http: self.flag("blobs.s3.allow_http"),
            extra_certificates: None,
        };
        if options
            .endpoint
            .as_deref()
            .is_some_and(|endpoint| endpoint.starts_with("http://"))
            && !options.allow_http
        {
            self.misfit(
                "blobs.s3.endpoint",
                &["blobs.s3.allow_http"],
                "this address is not encrypted: use https://, or set blobs.s3.allow_http = true",
            );
        }
        BlobsConfig::S3(url, Box::new(options), self.path("blobs.s3.ca_file"))
    }

    fn session(&mut self) -> sessions::Limits {
        let (idle, absolute) = (self.duration("session.idle"), self.duration("session.absolute"));
        if idle > absolute {
            self.misfit(
                "session.idle",
                &["session.absolute"],
                "cannot be longer than session.absolute",
            );
        }
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        sessions::Limits {
            idle: seconds(idle),
            absolute: seconds(absolute),
        }
    }

    fn oidc(&mut self) -> Option<OidcConfig> {
        let issuer = self.text("oidc.issuer");
        let client_id = self.text("oidc.client_id");
        let (issuer, client_id) = match (issuer, client_id) {
            (Some(issuer), Some(client_id)) => (issuer, client_id),
            (None, None) => return None,
            (Some(_), None) => {
                self.misfit("oidc.issuer", &["oidc.client_id"], "oidc.client_id is missing");
                return None;
            }
            (None, Some(_)) => {
                self.misfit("oidc.client_id", &["oidc.issuer"], "oidc.issuer is missing");
                return None;
            }
        };
        let host = issuer.split("://").nth(1).and_then(|rest| rest.split('/').next());
        if !issuer.starts_with("https://") && !host.is_some_and(is_this_machine) {
            self.problem(
                "oidc.issuer",
                format!("{issuer} is not encrypted: whoever listens could sign in as anybody. Use https://"),
            );
        }
        for (path, text) in [("oidc.claims.login", "a login"), ("oidc.claims.groups", "groups")] {
            if self.text(path).is_none_or(|name| name.trim().is_empty()) {
                self.problem(path, format!("name the claim that holds {text}"));
            }
        }
        let list = |value: Option<&Value>| match value {
            Some(Value::List(items)) => items.clone(),
            _ => Vec::new(),
        };
        Some(OidcConfig {
            name: self
                .text("oidc.name")
                .unwrap_or_else(|| host.unwrap_or_default().to_owned()),
            client_secret: self.secret("oidc.client_secret"),
            ca_file: self.path("oidc.ca_file"),
            scopes: list(self.value("oidc.scopes")),
            only: self.flag("oidc.only"),
            create_accounts: self.flag("oidc.create_accounts"),
            roles: match self.value("oidc.roles") {
                Some(Value::Table(roles)) => roles.clone(),
                _ => Vec::new(),
            },
            claims: OidcClaims {
                login: self.text("oidc.claims.login").unwrap_or_default(),
                name: self.text("oidc.claims.name").unwrap_or_default(),
                mail: self.text("oidc.claims.mail").unwrap_or_default(),
                groups: self.text("oidc.claims.groups").unwrap_or_default(),
            },
            issuer,
            client_id,
        })
    }

    /// A problem of a setting, at the place its value comes from.
    fn problem(&mut self, path: &str, message: impl Into<String>) {
        self.problems.push(self.effective.problem(path, message));
    }

    /// A problem of how a setting fits others.
    fn misfit(&mut self, path: &str, others: &[&str], message: impl Into<String>) {
        if self.effective.knows(&[path]) && self.effective.knows(others) {
            self.problem(path, message);
        }
    }

    fn value(&self, path: &str) -> Option<&Value> {
        self.effective.entry(path)?.value.as_ref()
    }

    fn text(&self, path: &str) -> Option<String> {
        match self.value(path)? {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn secret(&self, path: &str) -> Option<Zeroizing<String>> {
        self.text(path).map(Zeroizing::new)
    }

    fn path(&self, path: &str) -> Option<PathBuf> {
        match self.value(path)? {
            Value::Path(path) => Some(path.clone()),
            _ => None,
        }
    }

    fn flag(&self, path: &str) -> bool {
        matches!(self.value(path), Some(Value::Flag(true)))
    }

    fn number(&self, path: &str) -> i64 {
        match self.value(path) {
            Some(Value::Number(number)) => *number,
            _ => 0,
        }
    }

    fn size(&self, path: &str) -> u64 {
        match self.value(path) {
            Some(Value::Size(size)) => *size,
            _ => 0,
        }
    }

    fn duration(&self, path: &str) -> Duration {
        match self.value(path) {
            Some(Value::Duration(duration)) => *duration,
            _ => Duration::ZERO,
        }
    }
}

/// `NAME.keys/master.key` beside the data directory `NAME`: the key never lies in what is backed up.
fn key_file_beside(data_dir: &Path) -> PathBuf {
    let name = data_dir
        .file_name()
        .map_or_else(|| "matoi".into(), |name| name.to_string_lossy().into_owned());
    data_dir
        .parent()
        .unwrap_or(Path::new(""))
        .join(format!("{name}.keys"))
        .join("master.key")
}

/// The language of a terminal, as POSIX says it: `LC_ALL`, `LC_MESSAGES`, `LANG`.
fn language_of_the_environment(variable: impl Fn(&str) -> Option<String>) -> Lang {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty())
        .filter(|value| value.starts_with("ja"))
        .map_or(Lang::En, |_| Lang::Ja)
}

/// Whether a host, maybe with a port, is this machine.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost"
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_follows_the_terminal() {
        let lang = |pairs: &'static [(&str, &str)]| {
            language_of_the_environment(|name| {
                pairs
                    .iter()
                    .find(|(found, _)| *found == name)
                    .map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(lang(&[("LANG", "ja_JP.UTF-8")]), Lang::Ja);
        assert_eq!(lang(&[("LC_ALL", "C"), ("LANG", "ja_JP.UTF-8")]), Lang::En);
        assert_eq!(lang(&[]), Lang::En);
    }
}
