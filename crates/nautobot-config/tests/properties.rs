//! Literals of any form read as what they say, and nothing that anybody writes ends in a panic.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::fmt::Write;

use nautobot_config::translate;
use proptest::prelude::*;

const FILES: [&str; 3] = [
    include_str!("files/1.6-environment.py"),
    include_str!("files/2.4-literals.py"),
    include_str!("files/3.2-container.py"),
];

/// What a string says, and a literal that says it.
fn string() -> impl Strategy<Value = (String, String)> {
    let text = proptest::collection::vec(
        prop_oneof![4 => any::<char>(), 1 => Just('\''), 1 => Just('"'), 1 => Just('\\')],
        1..12,
    );
    (text.prop_map(String::from_iter), any::<[bool; 4]>()).prop_map(
        |(text, [single, triple, escaped, split])| {
            let quote = if single { "'" } else { "\"" }.repeat(if triple { 3 } else { 1 });
            let written = |text: &str| {
                let body = text.chars().fold(String::new(), |mut body, c| {
                    match c {
                        '\\' | '\'' | '"' => _ = write!(body, "\\{c}"),
                        _ if c == '\r' || escaped => _ = write!(body, "\\U{:08x}", u32::from(c)),
                        '\n' if !triple => body.push_str("\\n"),
                        _ => body.push(c),
                    }
                    body
                });
                format!("{quote}{body}{quote}")
            };
            let middle = text.char_indices().nth(1).map_or(text.len(), |(at, _)| at);
            let literal = match text.split_at_checked(middle).filter(|_| split) {
                Some((first, last)) => format!("({} # both\n  {})", written(first), written(last)),
                None => written(&text),
            };
            (text, literal)
        },
    )
}

/// What Python takes for true or not, and a literal for it.
fn flag() -> impl Strategy<Value = (bool, &'static str)> {
    let literals = [
        (true, "True"),
        (false, "False"),
        (false, "None"),
        (true, "1"),
        (false, "0"),
        (false, "-0x0"),
        (true, "1_0"),
        (false, "0.0"),
        (true, "1e-5"),
        (true, "'no'"),
        (false, "''"),
        (false, "()"),
        (true, "(0,)"),
        (false, "(0)"),
        (false, "[]"),
        (true, "{0}"),
        (false, "{}"),
        (false, "dict()"),
        (true, "dict(a=0)"),
        (true, "[[],]"),
    ];
    proptest::sample::select(literals.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_literal_reads_as_what_it_says((name, literal) in string(), (on, flag) in flag(), (app, in_python) in string()) {
        prop_assume!(name != "_module");
        let source = format!(
            "# é\nPLUGINS_CONFIG = {{'nautobot_capacity_metrics': {{ # }}\n'app_metrics' : dict(jobs={flag},\n\
             models={{{in_python}: {{{literal}:True,}}}},)}},\n}} # ]\n"
        );
        let settings: toml::Table = translate(&source).unwrap().parse().unwrap();
        let app_metrics = settings["app_metrics"].as_table().unwrap();
        prop_assert_eq!(app_metrics["jobs"].as_bool(), Some(on));
        let models = app_metrics["models"].as_table().unwrap();
        prop_assert_eq!(models.keys().collect::<Vec<_>>(), [&app]);
        prop_assert_eq!(models[&app].as_table().unwrap().keys().collect::<Vec<_>>(), [&name]);
    }

    #[test]
    fn what_is_cut_and_pasted_has_settings_or_a_line(
        file in proptest::sample::select(FILES.to_vec()),
        cuts in proptest::collection::vec((any::<proptest::sample::Index>(), 0..40_usize), 1..4),
        pasted in "[\\[\\](){}'\"\\\\f\n:,=#\u{e9} ]{0,6}",
    ) {
        let mut text: Vec<char> = file.chars().collect();
        for (at, length) in cuts {
            let start = at.index(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, pasted.chars());
        }
        holds(&String::from_iter(text))?;
    }

    #[test]
    fn anything_has_settings_or_a_line(
        text in "(f'|rb\"|\"\"\"|\\\\|\n|[\\[\\](){}<>'\":,;=.#!*-]|DATABASES|PLUGINS_CONFIG|dict\\(|os\\.getenv\\('|0x|1e|update| |\\PC|\u{0}){0,60}",
    ) {
        holds(&text)?;
        holds(&format!("PLUGINS_CONFIG = {{'nautobot_capacity_metrics': {{'app_metrics': {text}}}}}"))?;
    }
}

/// Settings are TOML; an error is on a line that there is.
fn holds(source: &str) -> Result<(), TestCaseError> {
    match translate(source) {
        Ok(settings) => {
            let parsed = settings.parse::<toml::Table>();
            prop_assert!(parsed.is_ok(), "{parsed:?} in\n{settings}");
        }
        Err(error) => {
            let lines = 1 + source.matches(['\n', '\r']).count();
            prop_assert!((1..=lines).contains(&error.line), "{error} of {lines} lines");
        }
    }
    Ok(())
}
