//! The certificate that the server shows, with its key.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::TlsConfig;
use crate::failure::{Exit, Failure, Outcome};

/// One of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The certificate with its chain.
    Certificate,
    /// The private key.
    Key,
}

/// What TLS is served with.
pub(super) fn read(files: &TlsConfig) -> Outcome<Arc<ServerConfig>> {
    build(files).map_err(|mut problems| {
        let problem = problems.pop().map_or_else(String::new, |(_, message)| message);
        Failure::told(Exit::Failed, problem)
    })
}

/// Everything that is wrong with the files; each message names its file.
pub(crate) fn problems(files: &TlsConfig) -> Vec<(Which, String)> {
    build(files).err().unwrap_or_default()
}

fn build(files: &TlsConfig) -> Result<Arc<ServerConfig>, Vec<(Which, String)>> {
    let (certificate, key) = (&files.certificate_file, &files.key_file);
    let chain = chain(certificate);
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error));
    let (chain, private) = match (chain, private) {
        (Ok(chain), Ok(private)) => (chain, private),
        (chain, private) => {
            let chain = chain.err().map(|message| (Which::Certificate, message));
            let private = private.err().map(|message| (Which::Key, message));
            return Err(chain.into_iter().chain(private).collect());
        }
    };
    let misfit = |error| vec![(Which::Certificate, wrong(certificate, &error))];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(misfit)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(misfit)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| wrong(path, &error))?;
    if chain.is_empty() {
        return Err(wrong(path, &"there is no certificate in PEM form in it"));
    }
    Ok(chain)
}

fn wrong(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}
