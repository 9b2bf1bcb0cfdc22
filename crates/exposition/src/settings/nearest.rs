//! The known name that a user probably meant.

/// From here on, two names look like each other rather than like two things.
const LIKENESS: f64 = 0.85;

/// More names than these are no help on one line.
const LISTED: usize = 24;

/// First by the slips of a typing hand, then by a common beginning.
fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let name = name.to_lowercase();
    let slips = known.iter().map(|known| (strsim::damerau_levenshtein(&name, known), *known));
    let alike = known.iter().map(|known| (strsim::jaro_winkler(&name, known), *known));
    let slip =
        slips.min_by_key(|(slips, _)| *slips).filter(|(slips, _)| *slips <= 1 + name.chars().count() / 4);
    let alike = || alike.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness >= LIKENESS);
    slip.map(|(_, known)| known).or_else(|| alike().map(|(_, known)| known))
}

/// The end of a message about an unknown name; `show` spells a known one as the user would write it.
pub(super) fn hint(name: &str, known: &[String], show: impl Fn(&str) -> String) -> String {
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    match nearest(name, &names) {
        Some(nearest) => format!("; did you mean `{}`?", show(nearest)),
        None if known.is_empty() || known.len() > LISTED => String::new(),
        None => {
            let known: Vec<String> = known.iter().map(|name| format!("`{}`", show(name))).collect();
            format!("; known here: {}", known.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_a_stranger_is_not() {
        let known = ["web", "jobs", "models", "versions", "gitrepositories", "max_connections"];
        for (given, meant) in [
            ("wbe", Some("web")),
            ("Jbos", Some("jobs")),
            ("git_repositories", Some("gitrepositories")),
            ("max_conn", Some("max_connections")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, &known), meant, "{given}");
        }
    }
}
