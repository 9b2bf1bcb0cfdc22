use std::{fs, path::PathBuf, time::Duration};

use nautobot_db::{Error, Nautobot, TlsMode};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;
use testbed::{Database, Postgres};
use tokio::time::timeout;

use crate::{OURS, eventually, number, settings, within};

const IS_ENCRYPTED: &str = "SELECT ssl::int::bigint FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_trusts_what_it_says() {
    let server = Postgres::start().unwrap();
    let database = server.database("schema-1.0.3");
    let files = tempfile::tempdir().unwrap();
    let plain = open(&database, "127.0.0.1", TlsMode::Auto, None).unwrap();
    assert_eq!(number(&plain, IS_ENCRYPTED).await.unwrap(), 0, "the server offers none");
    let refused = open(&database, "127.0.0.1", TlsMode::Require, None).unwrap();
    let error = refused.ping(within(5.0)).await.unwrap_err();
    assert!(error.to_string().contains("TLS"), "{error}");

    let authority = authority();
    encrypt(&database, &authority);
    let trusted = pem(&files, "trusted.pem", &authority);
    let other = pem(&files, "other.pem", &self::authority());
    for (host, mode, ca, works) in [
        ("127.0.0.1", TlsMode::Auto, None, true),
        ("127.0.0.1", TlsMode::Require, None, true),
        ("localhost", TlsMode::VerifyFull, Some(&trusted), true),
        ("127.0.0.1", TlsMode::VerifyFull, Some(&trusted), false),
        ("localhost", TlsMode::VerifyFull, Some(&other), false),
        ("localhost", TlsMode::Auto, Some(&trusted), true),
        ("localhost", TlsMode::Auto, Some(&other), false),
        ("127.0.0.1", TlsMode::VerifyCa, Some(&trusted), true),
        ("localhost", TlsMode::VerifyCa, Some(&other), false),
    ] {
        let nautobot = open(&database, host, mode, ca).unwrap();
        match number(&nautobot, IS_ENCRYPTED).await {
            Ok(encrypted) => assert!(works && encrypted == 1, "{host} {mode:?} {ca:?}"),
            Err(error) => {
                assert!(!works && matches!(error, Error::Connect { .. }), "{host} {mode:?} {ca:?}: {error}");
                assert!(error.to_string().contains("certificate"), "{error}");
            }
        }
    }
    a_dropped_query_ends(&database, &trusted).await;
    a_certificate_logs_in(&database, &authority, &files).await;
}

/// The cancel request has to be encrypted too.
async fn a_dropped_query_ends(database: &Database, ca: &PathBuf) {
    let nautobot = open(database, "localhost", TlsMode::VerifyFull, Some(ca)).unwrap();
    let reading = nautobot.read(within(30.0)).await.unwrap();
    let query = reading.query("SELECT pg_sleep(30)::text", &[]);
    timeout(Duration::from_millis(200), query).await.unwrap_err();
    drop(reading);
    let ours = format!("SELECT count(*) FROM pg_stat_activity WHERE {OURS} AND state = 'active'");
    eventually("no query of ours", || database.psql(&ours) == "0").await;
}

async fn a_certificate_logs_in(database: &Database, authority: &Authority, files: &TempDir) {
    database.psql("CREATE ROLE certified LOGIN");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "certified");
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let [certificate_file, key_file] = ["client.crt", "client.key"].map(|name| files.path().join(name));
    fs::write(&certificate_file, certificate.pem()).unwrap();
    fs::write(&key_file, key.serialize_pem()).unwrap();

    let mut settings = settings(database.url_for("certified"));
    settings.tls = TlsMode::Require;
    let error = Nautobot::open(&settings).unwrap().ping(within(5.0)).await.unwrap_err();
    assert!(matches!(error, Error::Authentication { .. }), "{error}");

    settings.tls_certificate_file = Some(certificate_file);
    settings.tls_key_file = Some(key_file);
    Nautobot::open(&settings).unwrap().ping(within(5.0)).await.unwrap();

    settings.tls_key_file = None;
    let error = Nautobot::open(&settings).unwrap_err();
    assert!(matches!(error, Error::Settings { key: "tls_key_file", .. }), "{error}");
}

#[test]
fn a_ca_file_that_cannot_be_used_is_named() {
    let files = tempfile::tempdir().unwrap();
    let empty = files.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    for file in [files.path().join("missing.pem"), empty] {
        let mut settings = settings("postgresql://db.example/nautobot".into());
        settings.tls_ca_file = Some(file.clone());
        let error = Nautobot::open(&settings).unwrap_err();
        assert!(matches!(error, Error::Settings { key: "tls_ca_file", .. }), "{error}");
        assert!(error.to_string().contains(&file.display().to_string()), "{error}");
    }
}

fn open(database: &Database, host: &str, tls: TlsMode, ca: Option<&PathBuf>) -> Result<Nautobot, Error> {
    let mut settings = settings(database.url());
    settings.host = Some(host.into());
    settings.tls = tls;
    settings.tls_ca_file = ca.cloned();
    Nautobot::open(&settings)
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn pem(files: &TempDir, name: &str, authority: &Authority) -> PathBuf {
    let path = files.path().join(name);
    fs::write(&path, authority.as_ref().pem()).unwrap();
    path
}

/// Gives the server a certificate for `localhost`, has it ask the role `certified` for one, and waits until it does.
fn encrypt(database: &Database, authority: &Authority) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".into()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    write(database, &certificate.pem(), "umask 077; cat >server.crt");
    write(database, &key.serialize_pem(), "umask 077; cat >server.key");
    write(database, &authority.as_ref().pem(), "cat >ca.crt");
    write(database, "hostssl all certified all cert", "cat - pg_hba.conf >hba && mv hba pg_hba.conf");
    database.psql("ALTER SYSTEM SET ssl_ca_file = 'ca.crt'");
    database.psql("ALTER SYSTEM SET ssl = on");
    database.psql("SELECT pg_reload_conf()");
    while database.psql("SHOW ssl") != "on" {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Feeds text to a command in the server's directory, as the server's account.
fn write(database: &Database, text: &str, command: &str) {
    database.psql(&format!("COPY (SELECT string_to_table('{text}', E'\\n')) TO PROGRAM '{command}'"));
}
