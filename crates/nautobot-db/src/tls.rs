//! Encryption towards the server, with rustls.

use std::{path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    error::Error,
    settings::{Settings, TlsMode},
};

/// What makes a TLS session out of a TCP connection in the given mode. Reads the certificate files, and the
/// system's authorities when a certificate is to be verified without `tls_ca_file`.
pub(crate) fn connector(mode: TlsMode, settings: &Settings) -> Result<MakeRustlsConnect, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let unusable = |key, reason: String| Error::Settings { key, reason };
    let verifier: Arc<dyn ServerCertVerifier> = match mode {
        TlsMode::VerifyFull | TlsMode::VerifyCa => {
            let roots = Arc::new(authorities(settings.tls_ca_file.as_deref())?);
            let signed = WebPkiServerVerifier::builder_with_provider(roots, provider.clone())
                .build()
                .map_err(|error| unusable("tls_ca_file", error.to_string()))?;
            match mode {
                TlsMode::VerifyFull => signed,
                _ => Arc::new(AnyName(signed)),
            }
        }
        _ => Arc::new(AnyCertificate(provider.clone())),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable("tls", error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match client_certificate(settings)? {
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| unusable("tls_certificate_file", error.to_string()))?,
        None => builder.with_no_client_auth(),
    };
    Ok(MakeRustlsConnect::new(config))
}

fn authorities(file: Option<&Path>) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(file) => {
            for certificate in certificates("tls_ca_file", file)? {
                roots.add(certificate).map_err(|error| unreadable("tls_ca_file", file, &error))?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                let reason =
                    "the system trusts no authority: install its CA certificates or name a file here";
                return Err(Error::Settings { key: "tls_ca_file", reason: reason.into() });
            }
        }
    }
    Ok(roots)
}

type ClientCertificate = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn client_certificate(settings: &Settings) -> Result<Option<ClientCertificate>, Error> {
    match (&settings.tls_certificate_file, &settings.tls_key_file) {
        (None, None) => Ok(None),
        (Some(chain), Some(key)) => {
            let chain = certificates("tls_certificate_file", chain)?;
            let key =
                PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("tls_key_file", key, &error))?;
            Ok(Some((chain, key)))
        }
        (Some(_), None) => {
            Err(Error::Settings { key: "tls_key_file", reason: "tls_certificate_file needs it too".into() })
        }
        (None, Some(_)) => {
            Err(Error::Settings { key: "tls_certificate_file", reason: "tls_key_file needs it too".into() })
        }
    }
}

fn certificates(key: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found: Vec<_> = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable(key, file, &error))?;
    match found.is_empty() {
        true => Err(unreadable(key, file, &"no certificate in it")),
        false => Ok(found),
    }
}

fn unreadable(key: &'static str, file: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::Settings { key, reason: format!("{}: {why}", file.display()) }
}

/// For `require` and `prefer`: the handshake is checked, the certificate is not looked at.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// For `verify-ca`: rustls checks the name last, so a wrong name means that everything else is in order.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.0.verify_server_cert(certificate, chain, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
