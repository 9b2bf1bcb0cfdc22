//! The ways in besides a plain TCP connection.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rq_model::Error;
use serde_json::json;

use crate::{patient, populated, queues, rq, soon};

#[tokio::test]
async fn a_unix_socket_leads_to_the_same_queues() {
    let redis = populated();
    let expected = queues(&rq(&redis)).await;
    let socket = redis.socket();
    assert_eq!(queues(&patient(json!({"host": socket}))).await, expected);
    assert_eq!(queues(&patient(json!({"url": format!("unix://{}?db=0", socket.display())}))).await, expected);
}

#[tokio::test]
async fn tls_trusts_the_authority_that_is_named() {
    let redis = populated();
    let expected = queues(&rq(&redis)).await;
    let files = tempfile::tempdir().unwrap();
    // The server may run as somebody else.
    fs::set_permissions(files.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let port = encrypt(&redis, files.path());
    let open = |host: &str, ca: &str| {
        patient(json!({"host": host, "port": port, "tls": true, "tls_ca_file": files.path().join(ca)}))
    };
    assert_eq!(queues(&open("localhost", "ca.pem")).await, expected);

    // Another authority, and a name that the certificate does not have.
    fs::write(files.path().join("other.pem"), authority().pem()).unwrap();
    for rq in [open("localhost", "other.pem"), open("127.0.0.1", "ca.pem")] {
        let error = rq.queues(&[], soon()).await.unwrap_err();
        assert!(matches!(error, Error::Connect { .. }), "{error:?}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
}

/// Lets the server speak TLS too, as `localhost`; on which port.
fn encrypt(redis: &testbed::Redis, files: &Path) -> u16 {
    let (authority, key) = (authority(), KeyPair::generate().unwrap());
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    for (name, pem) in
        [("ca.pem", authority.pem()), ("server.crt", certificate.pem()), ("server.key", key.serialize_pem())]
    {
        fs::write(files.join(name), pem).unwrap();
    }
    let port = testbed::free_port().unwrap();
    let path = |name| files.join(name).display().to_string();
    redis.cli(&["CONFIG", "SET", "tls-auth-clients", "no"]);
    redis.cli(&[
        "CONFIG",
        "SET",
        "tls-cert-file",
        &path("server.crt"),
        "tls-key-file",
        &path("server.key"),
        "tls-ca-cert-file",
        &path("ca.pem"),
        "tls-port",
        &port.to_string(),
    ]);
    port
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}
