//! `--once` in front of real keys, sample by sample against the page that the real plugin printed from them; and Redis
//! is as it was.

use std::collections::BTreeMap;

use testbed::{Redis, page, run, samples};

use crate::{PROGRAM, populated, settings};

const JOBS: &str = "nautobot_queue_number_jobs";
const WORKERS: &str = "nautobot_queue_number_workers";
const PROCESSING: &str = "nautobot_rq_metrics_processing_ms";

#[test]
fn the_page_is_the_plugins() {
    let redis = populated();
    let output = run(PROGRAM, &settings(&redis), &["--once"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut ours = samples(std::str::from_utf8(&output.stdout).unwrap());
    let mut plugin = samples(page("nautobot-1.6.32/rq-metrics.txt"));
    assert!(ours.remove(PROCESSING).is_some() && plugin.remove(PROCESSING).is_some());

    // D11: two more statuses; four jobs wait and one was cancelled.
    let more: f64 = ours[JOBS].iter().filter(|(labels, _)| is_more(labels)).map(|(_, jobs)| jobs).sum();
    assert_eq!(more, 5.0);
    ours.get_mut(JOBS).unwrap().retain(|labels, _| !is_more(labels));
    // D10: one of the workers of `webhooks` is dead.
    let webhooks = vec![("name".to_owned(), "webhooks".to_owned())];
    *ours.get_mut(WORKERS).unwrap().get_mut(&webhooks).unwrap() += 1.0;
    ours.retain(|family, _| {
        !["process_", "nautobot_rq_scrape_collector_", "nautobot_rq_exporter_"]
            .iter()
            .any(|own| family.starts_with(own))
    });
    assert_eq!(ours.remove("nautobot_rq_up"), Some([(vec![], 1.0)].into()));
    assert_eq!(ours, plugin);
}

fn is_more(labels: &[(String, String)]) -> bool {
    ["queued", "canceled"].contains(&labels[1].1.as_str())
}

/// Every key with its serialised value.
fn dump(redis: &Redis) -> BTreeMap<String, String> {
    let keys = redis.cli(&["--no-raw", "KEYS", "*"]);
    let keys: Vec<&str> = keys.lines().filter_map(|line| line.split_once(") ")).map(|(_, key)| key).collect();
    assert!(keys.len() > 50, "{keys:?}");
    let script = "local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do \
                  table.insert(all, redis.sha1hex(key) .. ' ' .. redis.sha1hex(redis.call('DUMP', key))) end return all";
    let dump = redis.cli(&["EVAL", script, "0"]);
    dump.lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}

#[test]
fn redis_is_read_and_left_as_it_was() {
    let redis = populated();
    let before = dump(&redis);
    redis.cli(&["CONFIG", "RESETSTAT"]);
    let output = run(PROGRAM, &settings(&redis), &["--once"]);
    assert_eq!(output.status.code(), Some(0));
    let stats = redis.cli(&["INFO", "commandstats"]);
    assert_eq!(dump(&redis), before);

    let mut commands = 0;
    for line in stats.lines().filter_map(|line| line.strip_prefix("cmdstat_")) {
        let command = line.split(':').next().unwrap().replace('|', " ");
        if ["config resetstat", "info"].contains(&command.as_str()) {
            continue;
        }
        commands += 1;
        let flags = redis.cli(&["COMMAND", "INFO", &command]);
        assert!(flags.contains("readonly"), "{command} is no read command: {flags}");
    }
    assert!(commands >= 5, "{stats}");
}
