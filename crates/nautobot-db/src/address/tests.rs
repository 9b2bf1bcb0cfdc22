use super::*;

fn address(change: impl FnOnce(&mut Settings)) -> Result<Address, Error> {
    let mut settings = Settings::default();
    change(&mut settings);
    Address::of(&settings)
}

fn of_url(url: &str) -> Result<Address, Error> {
    address(|settings| settings.url = Some(url.into()))
}

#[test]
fn without_settings_it_is_nautobot_on_this_machine() {
    let address = address(|_| ()).unwrap();
    assert_eq!(address.target, "localhost:5432/nautobot");
    assert_eq!(address.tls, TlsMode::Prefer);
}

#[test]
fn keys_override_the_parts_of_the_url() {
    let address = address(|settings| {
        settings.url = Some("postgresql://old:old@old.example:1/old?target_session_attrs=read-only".into());
        settings.host = Some("new.example".into());
        settings.port = Some(2);
        settings.name = Some("new".into());
        settings.user = Some("newer".into());
        settings.password = Some("secret".into());
    })
    .unwrap();
    assert_eq!(address.target, "new.example:2/new");
    assert_eq!(address.config.get_user(), Some("newer"));
    assert_eq!(address.config.get_password(), Some(&b"secret"[..]));
    let attributes = tokio_postgres::config::TargetSessionAttrs::ReadOnly;
    assert_eq!(address.config.get_target_session_attrs(), attributes);
}

#[test]
fn empty_values_count_as_not_given() {
    let address = address(|settings| {
        settings.url = Some("postgresql://metrics@db.example/other".into());
        settings.host = Some(String::new());
        settings.user = Some(String::new());
        settings.name = Some(String::new());
        settings.password = Some("".into());
    })
    .unwrap();
    assert_eq!(address.target, "db.example:5432/other");
    assert_eq!(address.config.get_user(), Some("metrics"));
    assert_eq!(address.config.get_password(), None);
}

#[test]
fn the_addresses_of_several_hosts_share_the_time_to_connect() {
    let address = address(|settings| settings.host = Some("a.example, b.example".into())).unwrap();
    assert_eq!(address.target, "a.example:5432,b.example:5432/nautobot");
    assert_eq!(address.config.get_connect_timeout(), Some(&Duration::from_millis(1250)));
    let single = of_url("postgresql://db.example/x").unwrap();
    assert_eq!(single.config.get_connect_timeout(), Some(&Duration::from_millis(2500)));
}

#[test]
fn a_port_alone_keeps_the_hosts_of_the_url() {
    let address = address(|settings| {
        settings.url = Some("host=a.example,b.example port=1,2".into());
        settings.port = Some(6432);
    })
    .unwrap();
    assert_eq!(address.target, "a.example:6432,b.example:6432/nautobot");
}

/// All that tokio-postgres parses, but for what is refused or has a key of its own.
const EVERYTHING: &str = "user=u password=p dbname=d options='-c geqo=off' application_name=a sslnegotiation=direct \
                          host=a.example,b.example hostaddr=192.0.2.1,192.0.2.2 port=1,1 tcp_user_timeout=3 \
                          target_session_attrs=read-only channel_binding=require load_balance_hosts=random";

#[test]
fn a_port_alone_changes_nothing_else() {
    let changed = address(|settings| {
        settings.url = Some(EVERYTHING.into());
        settings.port = Some(2);
    });
    let written = of_url(&EVERYTHING.replace("port=1,1", "port=2"));
    assert_eq!(changed.unwrap().config, written.unwrap().config);
}

#[test]
fn a_host_changes_only_what_is_about_hosts() {
    let changed = address(|settings| {
        settings.url = Some(EVERYTHING.into());
        settings.host = Some("c.example".into());
    });
    let hosts = "host=a.example,b.example hostaddr=192.0.2.1,192.0.2.2 port=1,1";
    let written = of_url(&EVERYTHING.replace(hosts, "host=c.example port=1"));
    assert_eq!(changed.unwrap().config, written.unwrap().config);
}

#[test]
fn what_bounds_dialling_is_no_parameter() {
    for (parameter, named) in [
        ("connect_timeout=10", "connect_timeout"),
        ("keepalives=0", "keepalives"),
        ("keepalives_idle=5", "keepalives"),
        ("keepalives_interval=5", "keepalives"),
        ("keepalives_retries=5", "keepalives"),
    ] {
        for url in [format!("postgresql://db/x?{parameter}"), format!("host=db {parameter}")] {
            let error = of_url(&url).unwrap_err().to_string();
            assert!(error.starts_with(&format!("database.url: {named}")), "{url}: {error}");
        }
    }
}

#[test]
fn an_authority_is_a_wish_to_verify() {
    let with_ca = |url: &str, tls| {
        address(|settings| {
            settings.url = Some(url.into());
            settings.tls = tls;
            settings.tls_ca_file = Some("ca.pem".into());
        })
    };
    for (url, tls) in [
        ("host=localhost", TlsMode::Auto),
        ("host=db.example", TlsMode::Auto),
        ("host=db.example sslmode=disable", TlsMode::VerifyFull),
    ] {
        assert_eq!(with_ca(url, tls).unwrap().tls, TlsMode::VerifyFull, "{url}");
    }
    for (url, tls) in [
        ("host=localhost", TlsMode::Disable),
        ("host=localhost", TlsMode::Prefer),
        ("host=localhost", TlsMode::Require),
        ("host=db.example sslmode=require", TlsMode::Auto),
        ("host=/tmp", TlsMode::Auto),
        ("host=/tmp", TlsMode::VerifyCa),
    ] {
        let error = with_ca(url, tls).unwrap_err().to_string();
        assert!(error.starts_with("database.tls_ca_file: of use only"), "{url} {tls:?}: {error}");
    }
}

#[test]
fn a_certificate_to_log_in_with_needs_encryption() {
    let with_certificate = |host: &str, tls| {
        address(|settings| {
            settings.host = Some(host.into());
            settings.tls = tls;
            settings.tls_certificate_file = Some("client.pem".into());
            settings.tls_key_file = Some("client.key".into());
        })
    };
    for mode in [TlsMode::Auto, TlsMode::Prefer, TlsMode::Require] {
        assert!(with_certificate("localhost", mode).is_ok(), "{mode:?}");
    }
    for (host, mode) in [("localhost", TlsMode::Disable), ("/tmp", TlsMode::Auto)] {
        let error = with_certificate(host, mode).unwrap_err().to_string();
        assert!(error.starts_with("database.tls_certificate_file: of use only"), "{error}");
    }
}

#[test]
fn a_remote_host_is_verified_and_a_local_one_need_not_encrypt() {
    let tls = |host: &str| address(|settings| settings.host = Some(host.into())).unwrap().tls;
    for local in ["localhost", "127.0.0.1", "127.8.0.1", "::1", "/var/run/postgresql", "localhost,/tmp"] {
        assert_eq!(tls(local), TlsMode::Prefer, "{local}");
    }
    for remote in ["db.example", "10.0.0.1", "localhost,db.example", "localhost.example"] {
        assert_eq!(tls(remote), TlsMode::VerifyFull, "{remote}");
    }
    let elsewhere = of_url("host=localhost hostaddr=192.0.2.1").unwrap();
    assert_eq!(elsewhere.tls, TlsMode::VerifyFull);
}

#[test]
fn a_socket_is_not_asked_for_encryption() {
    let address = address(|settings| settings.host = Some("/var/run/postgresql".into())).unwrap();
    assert_eq!(address.target, "/var/run/postgresql/.s.PGSQL.5432/nautobot");
    assert_eq!(address.config.get_ssl_mode(), SslMode::Disable);
}

#[test]
fn the_sslmode_of_a_url_is_libpqs_and_a_setting_overrides_it() {
    for (url, tls) in [
        ("postgresql://db.example/x?sslmode=disable", TlsMode::Disable),
        ("postgresql://db.example/x?tcp_user_timeout=3&sslmode=verify-ca", TlsMode::VerifyCa),
        ("postgresql://db.example/x?sslmode=verify-full&application_name=y", TlsMode::VerifyFull),
        ("host=db.example sslmode='require' dbname=x", TlsMode::Require),
        ("sslmode=allow host=db.example dbname=x", TlsMode::Prefer),
        ("postgresql://db.example/x", TlsMode::VerifyFull),
    ] {
        let address = of_url(url).unwrap();
        assert_eq!((address.tls, address.target.as_str()), (tls, "db.example:5432/x"), "{url}");
    }
    let overridden = address(|settings| {
        settings.url = Some("host=db.example sslmode=disable".into());
        settings.tls = TlsMode::Require;
    });
    assert_eq!(overridden.unwrap().config.get_ssl_mode(), SslMode::Require);
}

#[test]
fn an_sslmode_that_would_be_overlooked_is_refused() {
    for url in ["host=db.example sslmode = disable", "host=db.example sslmode=require sslmode=disable"] {
        let error = of_url(url).unwrap_err();
        assert!(error.to_string().contains("sslmode"), "{error}");
    }
}

#[test]
fn a_masked_url_keeps_its_parameters() {
    let shown = |url| masked(url, "<secret>");
    assert_eq!(
        shown("postgresql://u:canary@db/x?sslmode=require&password=canary&options=-csearch_path%3Dn"),
        "postgresql://u:<secret>@db:5432/x?sslmode=require&password=<secret>&options=-csearch_path%3Dn"
    );
    assert_eq!(shown("host=db user=u sslmode=disable"), "postgresql://u@db:5432/nautobot?sslmode=disable");
}

#[test]
fn a_url_that_cannot_be_parsed_is_not_quoted() {
    for url in [
        "postgresql://u:canary@db:notaport/x",
        "password=can ary=1 host=x",
        "canary",
        "postgresql://u:canary@db/x?sslmode=canary",
        "user=u password=canary hostaddr=127.0.0.1",
    ] {
        let error = of_url(url).unwrap_err();
        assert!(error.to_string().starts_with("database.url: "), "{error}");
        assert!(!format!("{error} {error:?}").contains("can"), "{error:?}");
        assert!(!masked(url, "<secret>").contains("canary"));
    }
}
