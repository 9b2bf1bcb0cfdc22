//! Encryption towards the web server, with rustls.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::Error;

/// Trusts the authorities in `file`, or those of the system, and no certificate that is not issued for the name.
pub(super) fn config(file: Option<&Path>) -> Result<Arc<ClientConfig>, Error> {
    let roots = match file {
        Some(file) => authorities(file).map_err(|error| unusable(format!("{}: {error}", file.display())))?,
        None => of_system(),
    };
    if roots.is_empty() {
        return Err(unusable(match file {
            Some(file) => format!("{}: no certificate in it", file.display()),
            None => {
                "the system trusts no authority: install its CA certificates or name a file here".to_owned()
            }
        }));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn authorities(file: &Path) -> Result<RootCertStore, Box<dyn std::error::Error>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file)? {
        roots.add(certificate?)?;
    }
    Ok(roots)
}

fn of_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn unusable(reason: String) -> Error {
    Error::Settings { key: "tls_ca_file", reason }
}
