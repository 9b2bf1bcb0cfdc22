//! `KEY_file` and `…_FILE`.

use secrecy::ExposeSecret;

use super::*;

fn password(given: &Given) -> String {
    given.loaded().own.database.password.unwrap().expose_secret().to_owned()
}

#[test]
fn a_file_names_the_file_of_a_secret() {
    let with_secret = |text: &str| {
        let given = given();
        let path = given.written("secret", text);
        given.file("s.toml", &format!("[database]\npassword_file = {:?}", path.display().to_string()))
    };
    assert_eq!(password(&with_secret("0123 456\n")), "0123 456");
    assert_eq!(password(&with_secret("a\n\n")), "a\n");
    assert_eq!(password(&with_secret("a\r\n")), "a");
    assert!(with_secret("canary").printed().contains("password = \"<secret>\"  # s.toml:2"));
}

#[test]
fn a_variable_names_the_file_of_a_secret() {
    for name in ["X_DB_PASSWORD_FILE", "NAUTOBOT_EXPORTER_DATABASE__PASSWORD_FILE"] {
        let given = given();
        let path = given.written("secret", "canary\n");
        assert_eq!(password(&given.variable(name, path)), "canary");
    }
}

#[test]
fn any_key_can_stand_in_a_file() {
    let given = given();
    let port = given.written("port", "5433\n");
    let given = given.variable("X_DB_PORT_FILE", port);
    assert_eq!(given.loaded().own.database.port, Some(5433));
}

#[test]
fn a_key_that_really_ends_in_file_is_left_alone() {
    let text = "[database]\ntls_ca_file = \"/nowhere/ca.pem\"";
    let loaded = given().file("s.toml", text).loaded();
    assert_eq!(loaded.own.database.tls_ca_file, Some(PathBuf::from("/nowhere/ca.pem")));
    let variable = given().variable("NAUTOBOT_EXPORTER_DATABASE__TLS_CA_FILE", "/nowhere/ca.pem");
    assert_eq!(variable.loaded().own.database.tls_ca_file, Some(PathBuf::from("/nowhere/ca.pem")));
}

#[test]
fn a_higher_source_overrides_the_file_of_a_lower_one() {
    let given = given();
    let path = given.written("secret", "from the file");
    let given =
        given.variable("X_DB_PASSWORD_FILE", path).file("s.toml", "[database]\npassword = \"direct\"");
    assert_eq!(password(&given), "direct");
}

#[test]
fn a_secret_given_twice_in_one_place_is_refused() {
    let file = given().file("s.toml", "[database]\npassword = \"canary\"\npassword_file = \"/x\"");
    assert_eq!(file.refused(), "s.toml:3: `database.password` is already set by s.toml:2; keep one of them");
    let given = given();
    let path = given.written("secret", "canary");
    assert_eq!(
        given.variable("X_DB_PASSWORD", "canary").variable("X_DB_PASSWORD_FILE", path).refused(),
        "X_DB_PASSWORD_FILE: `database.password` is already set by X_DB_PASSWORD; keep one of them"
    );
}

#[test]
fn a_missing_secret_names_setting_and_path() {
    assert_eq!(
        given().file("s.toml", "[database]\npassword_file = \"/nowhere/pw\"").refused(),
        "s.toml:2: `database.password_file`: cannot read /nowhere/pw: No such file or directory (os error 2)"
    );
    assert_eq!(
        given().variable("X_DB_PASSWORD_FILE", "/nowhere/pw").refused(),
        "X_DB_PASSWORD_FILE: `database.password_file`: cannot read /nowhere/pw: No such file or directory (os error 2)"
    );
    assert_eq!(
        given().file("s.toml", "[database]\npassword_file = 5").refused(),
        "s.toml:2: `database.password_file`: expected the path of a file"
    );
}

#[test]
fn a_secret_of_the_wrong_type_is_not_shown() {
    let given = given();
    let path = given.written("secret", "canary");
    assert_eq!(
        given.variable("X_DB_PORT_FILE", path).refused(),
        "X_DB_PORT_FILE: `database.port`: expected a whole number from 0 to 65535"
    );
}
