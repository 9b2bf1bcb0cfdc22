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
fn each_section_of_a_list_has_its_own_file() {
    let given = given();
    let [first, second] = ["first", "second"].map(|name| given.written(name, name).display().to_string());
    let toml = format!(
        "[[spares]]\npassword_file = {first:?}\n[[spares]]\nhost = \"b\"\n[[spares]]\npassword_file = {second:?}"
    );
    let json = format!(
        r#"{{"spares": [{{"password_file": {first:?}}}, {{"host": "b"}}, {{"password_file": {second:?}}}]}}"#
    );
    for (name, text) in [("s.toml", toml), ("s.json", json)] {
        let spares = self::given().file(name, &text).loaded().own.spares;
        let password = |spare: &Database| spare.password.as_ref().map(|it| it.expose_secret().to_owned());
        assert_eq!(
            spares.iter().map(password).collect::<Vec<_>>(),
            [Some("first".to_owned()), None, Some("second".to_owned()),]
        );
        assert_eq!(spares[1].host.as_deref(), Some("b"));
    }
}

#[test]
fn what_is_wrong_in_a_section_of_a_list_is_told_with_its_place() {
    let refused = |second: &str| {
        given().file("s.toml", &format!("[[spares]]\nhost = \"a\"\n[[spares]]\n{second}")).refused()
    };
    assert_eq!(
        refused("pasword_file = \"x\""),
        "s.toml:4: unknown key `spares.1.pasword_file`; did you mean `password_file`?"
    );
    assert_eq!(
        refused("password_file = \"/nowhere/pw\""),
        "s.toml:4: `spares.1.password_file`: cannot read /nowhere/pw: No such file or directory (os error 2)"
    );
    assert_eq!(
        refused("password = \"canary\"\npassword_file = \"/x\""),
        "s.toml:5: `spares.1.password` is already set by s.toml:4; keep one of them"
    );
    let given = given();
    let port = given.written("port", "canary").display().to_string();
    assert_eq!(
        given.file("s.toml", &format!("[[spares]]\n[[spares]]\nport_file = {port:?}")).refused(),
        "s.toml:3: `spares.1.port`: expected a whole number from 0 to 65535, found a string"
    );
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
