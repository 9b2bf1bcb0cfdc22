//! `rq-exporter worker` in front of real programs of PyPI: RQ, Celery and gunicorn.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use testbed::python::{CELERY, GUNICORN, Installed, RQ_1_16};
use testbed::{Port, Redis, eventually, http};

use crate::PROGRAM;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/worker_real");
const LONG: Duration = Duration::from_secs(120);
const JOBS: u32 = 200;

/// A worker, alone or with us in front of it.
struct Worker {
    child: Child,
    port: Option<Port>,
    /// Where temporary files go, by which its processes are known.
    place: TempDir,
}

impl Worker {
    /// A program of `python`, which finds the scripts.
    fn start(python: &Installed, with_us: bool, program: &str, arguments: &[&str]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let theirs = python.command(program);
        let port = with_us.then(|| Port::take().unwrap());
        let mut command = match &port {
            None => python.command(program),
            Some(port) => {
                let mut command = Command::new(PROGRAM);
                let listen = format!("--web.listen-address=127.0.0.1:{}", port.number());
                command.env_clear().args(["worker", &listen, "--"]).arg(theirs.get_program());
                command
            }
        };
        let environment = theirs.get_envs().filter_map(|(name, value)| Some((name, value?)));
        command
            .args(arguments)
            .envs(environment)
            .env("TMPDIR", place.path())
            .env("PYTHONPATH", SCRIPTS)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(place.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(broker) = arguments.iter().find_map(|argument| argument.strip_prefix("--broker=")) {
            command.env("CELERY_BROKER_URL", broker);
        }
        if port.is_none() {
            command.env("PROMETHEUS_MULTIPROC_DIR", place.path());
        }
        Self { child: command.spawn().unwrap(), port, place }
    }

    /// Of RQ, for one queue.
    fn of_rq(python: &Installed, with_us: bool, redis: &Redis, queue: &str) -> Self {
        // with the job's module loaded before each fork, as Nautobot's worker has it
        let load = "import jobs, rq.cli; rq.cli.main()";
        Self::start(python, with_us, "python", &["-c", load, "worker", "--url", &redis.url(), queue])
    }

    /// The worker itself.
    fn pid(&self) -> String {
        let ours = self.child.id().to_string();
        if self.port.is_none() {
            return ours;
        }
        let children = format!("/proc/{ours}/task/{ours}/children");
        fs::read_to_string(children).unwrap().trim().to_owned()
    }

    fn page(&self) -> Page {
        Page::of(self.port.as_ref().unwrap().number())
    }

    fn send(&self, signal: &str, process: &str) {
        let sent = Command::new("kill").args(["-s", signal, process]).status().unwrap();
        assert!(sent.success());
    }

    fn terminate(&self) {
        self.send("TERM", &self.child.id().to_string());
    }

    /// Waits for its end, and until no process is left that belonged to it.
    fn ended(mut self) -> ExitStatus {
        let mut status = None;
        eventually("the worker ends", LONG, || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        eventually("all of its processes end", LONG, || processes_in(self.place.path()) == 0);
        if self.port.is_some() {
            let left = fs::read_dir(self.place.path()).unwrap().map(|entry| entry.unwrap().file_name());
            let ours = left.filter(|name| name.to_string_lossy().starts_with("worker-"));
            assert_eq!(ours.count(), 0);
        }
        status.unwrap()
    }
}

/// How many processes have this directory in their environment.
fn processes_in(place: &Path) -> usize {
    let wanted = format!("TMPDIR={}", place.display());
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|entry| fs::read(entry.ok()?.path().join("environ")).ok());
    processes
        .filter(|environment| environment.split(|&byte| byte == 0).any(|entry| entry == wanted.as_bytes()))
        .count()
}

/// What was counted, series by series.
struct Page(BTreeMap<String, f64>);

impl Page {
    /// A page that is whole.
    fn of(port: u16) -> Self {
        let page = http::request("GET", port, "/metrics", &[]).unwrap();
        assert_eq!(page.status, 200);
        let mut values = BTreeMap::new();
        for (family, samples) in testbed::samples(page.text()) {
            for (labels, value) in samples {
                let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
                values.insert(format!("{family}{{{}}}", labels.join(",")), value);
            }
        }
        let page = Self(values);
        assert_eq!(page.value("nautobot_rq_scrape_collector_success{collector=multiproc}"), 1.0);
        assert_eq!(page.value("acme_job_seconds_bucket{le=+Inf}"), page.value("acme_job_seconds_count{}"));
        page
    }

    /// 0 for what nobody has counted yet.
    fn value(&self, series: &str) -> f64 {
        self.0.get(series).copied().unwrap_or_default()
    }

    /// What only grows.
    fn counters(&self) -> impl Iterator<Item = (&String, f64)> {
        let acme = self.0.iter().filter(|(series, _)| series.starts_with("acme_"));
        acme.map(|(series, value)| (series, *value))
    }

    fn assert_counts(&self, jobs: u32) {
        let sum: u32 = (0..jobs).map(|job| job % 3).sum();
        let short = (0..jobs).filter(|job| job % 3 == 0).count();
        assert_eq!(self.value("acme_jobs_total{kind=even}"), f64::from(jobs / 2));
        assert_eq!(self.value("acme_jobs_total{kind=odd}"), f64::from(jobs / 2));
        assert_eq!(self.value("acme_job_seconds_count{}"), f64::from(jobs));
        assert_eq!(self.value("acme_job_seconds_sum{}"), f64::from(sum));
        assert_eq!(self.value("acme_job_seconds_bucket{le=0.1}"), short as f64);
        assert_eq!(self.value("acme_last{}"), f64::from(jobs - 1));
        assert_eq!(self.value("nautobot_rq_multiproc_skipped_files{}"), 0.0);
    }
}

/// Scrapes again and again while `work` goes on: every page is whole, and nothing on it falls.
fn scraped_all_the_time<T>(port: u16, work: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    let scrape = || {
        let (mut last, mut pages) = (Page(BTreeMap::new()), 0);
        while !is_over.load(Ordering::Relaxed) {
            let page = Page::of(port);
            for (series, value) in last.counters() {
                assert!(page.value(series) >= value, "{series} fell from {value}");
            }
            last = page;
            pages += 1;
            thread::sleep(Duration::from_millis(10));
        }
        pages
    };
    thread::scope(|scope| {
        let scrapers = [scope.spawn(scrape), scope.spawn(scrape)];
        let done = work();
        is_over.store(true, Ordering::Relaxed);
        let pages: Vec<usize> = scrapers.map(|scraper| scraper.join().unwrap()).into();
        assert!(pages.iter().all(|&pages| pages > 20), "{pages:?}");
        done
    })
}

fn run(python: &Installed, script: &str, arguments: &[&str]) {
    let output = python
        .command("python")
        .env("PYTHONPATH", SCRIPTS)
        .args(["-B", "-c", script])
        .args(arguments)
        .output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Puts a job that sleeps into a queue of its name.
fn enqueue_sleep(python: &Installed, redis: &Redis, queue: &str) {
    let script = "import sys, redis, rq; url, queue = sys.argv[1:]
rq.Queue(queue, connection=redis.Redis.from_url(url)).enqueue('jobs.sleep', 3, job_id=queue)";
    run(python, script, &[&redis.url(), queue]);
}

fn status(redis: &Redis, job: &str) -> String {
    redis.cli(&["HGET", &format!("rq:job:{job}"), "status"])
}

#[test]
fn jobs_of_rq_are_counted_exactly_while_two_scrape() {
    let Some(python) = RQ_1_16.found() else { return };
    let redis = Redis::start().unwrap();
    let worker = Worker::of_rq(&python, true, &redis, "q");
    eventually("the worker is there", LONG, || redis.cli(&["SCARD", "rq:workers"]) == "1");
    let port = worker.port.as_ref().unwrap().number();
    scraped_all_the_time(port, || {
        let script =
            "import sys, redis, rq; queue = rq.Queue('q', connection=redis.Redis.from_url(sys.argv[1]))
for number in range(int(sys.argv[2])): queue.enqueue('jobs.count', number)";
        run(&python, script, &[&redis.url(), &JOBS.to_string()]);
        eventually("the jobs are done", LONG, || redis.cli(&["ZCARD", "rq:finished:q"]) == JOBS.to_string());
    });
    worker.page().assert_counts(JOBS);
    worker.terminate();
    assert_eq!(worker.ended().code(), Some(0));
}

/// How a worker of RQ with a job in hand ends, and in which state it leaves the job.
fn end_of_rq(
    python: &Installed,
    redis: &Redis,
    with_us: bool,
    how: &str,
    end: fn(&Worker),
) -> (Option<i32>, Option<i32>, String) {
    let queue = format!("{how}-{with_us}");
    enqueue_sleep(python, redis, &queue);
    let worker = Worker::of_rq(python, with_us, redis, &queue);
    eventually("the job is in hand", LONG, || status(redis, &queue) == "started");
    end(&worker);
    let ended = worker.ended();
    (ended.code(), ended.signal(), status(redis, &queue))
}

/// The same, alone and with us in front.
fn end_is(how: &str, end: fn(&Worker), expected: (Option<i32>, Option<i32>, &str)) {
    let Some(python) = RQ_1_16.found() else { return };
    let redis = Redis::start().unwrap();
    thread::scope(|scope| {
        let ends = [false, true].map(|with_us| {
            let (python, redis) = (&python, &redis);
            scope.spawn(move || end_of_rq(python, redis, with_us, how, end))
        });
        for ended in ends {
            let (code, signal, job) = ended.join().unwrap();
            assert_eq!((code, signal, job.as_str()), expected, "{how}");
        }
    });
}

#[test]
fn rq_finishes_its_job_at_the_first_term() {
    end_is("warm", Worker::terminate, (Some(0), None, "finished"));
}

#[test]
fn rq_drops_its_job_at_the_second_term() {
    let twice: fn(&Worker) = |worker| {
        worker.terminate();
        // RQ takes a second one within a second for the same one
        thread::sleep(Duration::from_millis(1_200));
        worker.terminate();
    };
    end_is("cold", twice, (Some(0), None, "started"));
}

#[test]
fn a_killed_worker_of_rq_leaves_nothing_behind() {
    // its work-horse ends after the job, as it does without us
    end_is("killed", |worker| worker.send("KILL", &worker.pid()), (None, Some(9), "finished"));
}

#[test]
fn tasks_of_celery_are_counted() {
    let Some(python) = CELERY.found() else { return };
    let redis = Redis::start().unwrap();
    let broker = format!("--broker={}", redis.url());
    let arguments = ["--app=jobs", &broker, "worker", "--concurrency=2", "--loglevel=ERROR"];
    let worker = Worker::start(&python, true, "celery", &arguments);
    let script = "import sys, celery; app = celery.Celery(broker=sys.argv[1])
for number in range(50): app.send_task('count', [number])";
    run(&python, script, &[&redis.url()]);
    eventually("the page is served", LONG, || served(&worker));
    eventually("the tasks are done", LONG, || worker.page().value("acme_job_seconds_count{}") >= 50.0);
    worker.page().assert_counts(50);
    worker.terminate();
    assert_eq!(worker.ended().code(), Some(0));
}

#[test]
fn requests_of_gunicorn_are_counted() {
    let Some(python) = GUNICORN.found() else { return };
    let port = Port::take().unwrap();
    let bind = format!("--bind=127.0.0.1:{}", port.number());
    let worker = Worker::start(&python, true, "gunicorn", &["--workers=2", &bind, "wsgi"]);
    let ask = |number: u32| http::request("GET", port.number(), &format!("/?{number}"), &[]);
    eventually("gunicorn answers", LONG, || ask(0).is_ok_and(|answer| answer.status == 200));
    (1..50).for_each(|number| assert_eq!(ask(number).unwrap().status, 200));
    let page = worker.page();
    page.assert_counts(50);
    assert_eq!(page.value("acme_requests_total{}"), 50.0);
    worker.terminate();
    assert_eq!(worker.ended().code(), Some(0));
}

fn served(worker: &Worker) -> bool {
    http::request("GET", worker.port.as_ref().unwrap().number(), "/-/ready", &[]).is_ok()
}
