//! Turns `models/*.json` into one sorted table per kind of look-up; see `src/schema/mapping.rs` for its use.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// The lines whose models were listed from a real installation. A model's bit is its position here.
const LINES: [(u8, u8); 6] = [(1, 0), (1, 2), (1, 6), (2, 0), (2, 4), (3, 2)];

/// `(app, model, table)` with the lines that have it.
type Entries = BTreeMap<(String, String, String), u8>;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=models");
    let mut resolvable = Entries::new();
    let mut labelled = Entries::new();
    for (index, (major, minor)) in LINES.iter().enumerate() {
        let bit = 1 << index;
        // `m2m_auto` in these files lists implicit through models: no module has them as an attribute.
        let names = read(&format!("models/resolvable-{major}.{minor}.json"))?;
        add(&mut resolvable, names.get("resolvable").ok_or("expected the key resolvable")?, bit)?;
        add(&mut labelled, &read(&format!("models/models-{major}.{minor}.json"))?, bit)?;
    }
    let mut code = format!("const LINES: [Line; {}] = [\n", LINES.len());
    for (major, minor) in LINES {
        writeln!(code, "    Line::new({major}, {minor}),")?;
    }
    code.push_str("];\n");
    write_table(&mut code, "RESOLVABLE", &resolvable)?;
    write_table(&mut code, "LABELLED", &labelled)?;
    #[expect(clippy::disallowed_methods, reason = "how cargo tells a build script where to write")]
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("mapping.rs"), code)?;
    Ok(())
}

fn read(path: &str) -> Result<Value, Box<dyn Error>> {
    let path = Path::new(path);
    let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?)
}

fn add(entries: &mut Entries, apps: &Value, bit: u8) -> Result<(), Box<dyn Error>> {
    for (app, models) in apps.as_object().ok_or("expected an object of apps")? {
        for (model, table) in models.as_object().ok_or("expected an object of models")? {
            let table = table.as_str().ok_or("expected the name of a table")?;
            *entries.entry((app.clone(), model.clone(), table.into())).or_default() |= bit;
        }
    }
    Ok(())
}

fn write_table(code: &mut String, name: &str, entries: &Entries) -> Result<(), std::fmt::Error> {
    writeln!(code, "static {name}: [Entry; {}] = [", entries.len())?;
    for ((app, model, table), lines) in entries {
        writeln!(
            code,
            "    Entry {{ app: {app:?}, model: {model:?}, table: {table:?}, lines: {lines:#b} }},"
        )?;
    }
    writeln!(code, "];")
}
