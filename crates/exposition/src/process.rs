//! `process_*`: the exporter as the kernel sees it. Absent where there is no `/proc`.

use metrics_core::{Counter, Descriptor, Family, Gauge, Samples};
#[cfg(target_os = "linux")]
use procfs::{
    ProcResult, boot_time_secs, page_size,
    process::{LimitValue, Process},
    ticks_per_second,
};

static CPU: Family<Counter, 0> =
    Family::counter("process_cpu_seconds_total", "User and system time that the process has used.", []);
static OPEN_FDS: Family<Gauge, 0> = Family::gauge("process_open_fds", "Open file descriptors.", []);
static MAX_FDS: Family<Gauge, 0> =
    Family::gauge("process_max_fds", "File descriptors that the process may have open.", []);
static VIRTUAL_MEMORY: Family<Gauge, 0> =
    Family::gauge("process_virtual_memory_bytes", "Size of the process's address space.", []);
static RESIDENT_MEMORY: Family<Gauge, 0> =
    Family::gauge("process_resident_memory_bytes", "Memory that the process holds.", []);
static START_TIME: Family<Gauge, 0> =
    Family::gauge("process_start_time_seconds", "When the process started, in seconds since 1970.", []);
static THREADS: Family<Gauge, 0> = Family::gauge("process_threads", "Threads of the process.", []);

/// What [`push`] may push.
pub(crate) fn families() -> Vec<Descriptor> {
    let gauges = [&OPEN_FDS, &MAX_FDS, &VIRTUAL_MEMORY, &RESIDENT_MEMORY, &START_TIME, &THREADS];
    std::iter::once(CPU.descriptor()).chain(gauges.map(Family::<Gauge, 0>::descriptor)).collect()
}

/// Pushes what `/proc/self` tells now. A part that cannot be read is left out. Reads four small files.
#[cfg(target_os = "linux")]
pub(crate) fn push(out: &mut Samples) {
    let Ok(process) = Process::myself() else { return };
    // A part that cannot be read is absent, and nothing else is wrong with the page.
    let _ = push_stat(&process, out);
    let _ = push_fds(&process, out);
}

/// There is nothing to read.
#[cfg(not(target_os = "linux"))]
pub(crate) fn push(_: &mut Samples) {}

#[cfg(target_os = "linux")]
fn push_stat(process: &Process, out: &mut Samples) -> ProcResult<()> {
    let stat = process.stat()?;
    let seconds = |ticks: u64| ticks as f64 / ticks_per_second() as f64;
    out.counter(&CPU, [], seconds(stat.utime + stat.stime));
    out.gauge(&VIRTUAL_MEMORY, [], stat.vsize);
    out.gauge(&RESIDENT_MEMORY, [], stat.rss.saturating_mul(page_size()));
    out.gauge(&THREADS, [], stat.num_threads);
    out.gauge(&START_TIME, [], boot_time_secs()? as f64 + seconds(stat.starttime));
    Ok(())
}

#[cfg(target_os = "linux")]
fn push_fds(process: &Process, out: &mut Samples) -> ProcResult<()> {
    out.gauge(&OPEN_FDS, [], process.fd_count()?);
    let max = match process.limits()?.max_open_files.soft_limit {
        LimitValue::Unlimited => f64::INFINITY,
        LimitValue::Value(max) => max as f64,
    };
    out.gauge(&MAX_FDS, [], max);
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use metrics_core::Value;

    use super::*;

    fn pushed() -> Vec<(String, f64)> {
        let mut samples = Samples::new(Duration::ZERO, usize::MAX);
        push(&mut samples);
        let value = |value: &Value| match value {
            Value::Number(number) => *number,
            other => panic!("{other:?}"),
        };
        let family = |family: &metrics_core::FamilySamples| {
            (family.descriptor().name().to_owned(), value(family.samples().next().unwrap().value()))
        };
        samples.families().map(family).collect()
    }

    #[test]
    fn every_family_is_there() {
        let mut pushed: Vec<String> = pushed().into_iter().map(|(name, _)| name).collect();
        let mut described: Vec<String> = families().iter().map(|family| family.name().to_owned()).collect();
        pushed.sort();
        described.sort();
        assert_eq!(pushed, described);
    }

    #[test]
    fn the_values_are_of_this_process() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
        for (name, value) in pushed() {
            let range = match name.as_str() {
                "process_cpu_seconds_total" => 0.0..now,
                "process_start_time_seconds" => now - 3600.0..now + 2.0,
                "process_open_fds" => 3.0..10_000.0,
                "process_threads" => 1.0..1_000.0,
                "process_max_fds" => 16.0..f64::MAX,
                "process_resident_memory_bytes" => 1e6..1e10,
                "process_virtual_memory_bytes" => 1e6..1e15,
                other => panic!("{other}"),
            };
            assert!(range.contains(&value), "{name} {value}");
        }
    }
}
