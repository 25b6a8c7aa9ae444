//! The files that settings name: opened before anything depends on them.

use std::path::Path;

use matoi_blob::keys::KeyError;
use matoi_db::DbUrl;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::{Config, Effective, Problem};
use crate::failure::causes;
use crate::installation::key_places;
use crate::serve::certificate;

/// What is wrong with the files that the settings name. Secrets in files were read with the settings.
pub(super) fn check(effective: &Effective, config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |setting: &str, message: String| problems.push(effective.problem(setting, message));
    if config.data_dir.exists() && !config.data_dir.is_dir() {
        wrong(
            "data_dir",
            format!("{} is no directory", config.data_dir.display()),
        );
    }
    if let Some(message) = key_file(config) {
        wrong("key_file", message);
    }
    if let Some(tls) = &config.server.tls {
        for (file, message) in certificate::problems(tls) {
            let setting = match file {
                certificate::Which::Certificate => "server.tls.certificate_file",
                certificate::Which::Key => "server.tls.key_file",
            };
            wrong(setting, message);
        }
    }
    if let Some(message) = config
        .oidc
        .as_ref()
        .and_then(|oidc| authorities(oidc.ca_file.as_deref()?))
    {
        wrong("oidc.ca_file", message);
    }
    if let super::BlobsConfig::S3(_, _, Some(file)) = &config.blobs
        && let Some(message) = authorities(file)
    {
        wrong("blobs.s3.ca_file", message);
    }
    problems
}

/// A key file that is there must be usable; a missing one is made with a new installation only.
fn key_file(config: &Config) -> Option<String> {
    let places = key_places(config);
    if !config.data_dir.is_dir() {
        let inside = KeyError::InsideDataDirectory {
            key_file: config.key_file.clone(),
            data_directory: config.data_dir.clone(),
            link: None,
        };
        return config
            .key_file
            .starts_with(&config.data_dir)
            .then(|| inside.to_string());
    }
    if let Err(error) = places.check_place() {
        return Some(causes(&error));
    }
    let is_new = !matches!(&config.database.url, DbUrl::Sqlite(path) if path.exists());
    match places.read() {
        Ok(_) => None,
        Err(KeyError::Missing { .. }) if is_new => None,
        Err(error @ KeyError::Missing { .. }) => Some(format!(
            "{}; the database is there: put its key there, or get it back with `matoi keys recover`",
            causes(&error)
        )),
        Err(error) => Some(causes(&error)),
    }
}

/// What is wrong with a file of certificates of authorities.
fn authorities(path: &Path) -> Option<String> {
    let read: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Some(format!(
            "{}: there is no certificate in PEM form in it",
            path.display()
        )),
        Ok(_) => None,
        Err(error) => Some(format!("{} cannot be read: {}", path.display(), causes(&error))),
    }
}
