use serde::Deserialize;

use super::super::event::{Message, Process};
use super::*;

const PERIOD: Duration = Duration::from_secs(2);

/// A state and the moment that it has come to.
struct Story {
    state: State,
    begin: Instant,
    now: Instant,
}

impl Story {
    fn new() -> Self {
        let now = Instant::now();
        Self { state: State::default(), begin: now, now }
    }

    /// Goes to so many seconds after the beginning.
    fn at(&mut self, seconds: f64) -> &mut Self {
        self.now = self.begin + Duration::from_secs_f64(seconds);
        self
    }

    fn beats(&mut self, worker: &str, active: u64, processed: u64) -> &mut Self {
        let worker = process(worker);
        self.apply(Event::Heartbeat(Heartbeat { worker, period: PERIOD, active, processed }))
    }

    fn sent(&mut self, id: &str, queue: &str) -> &mut Self {
        self.step("client", id, Step::Sent { queue: Some(queue.to_owned()) })
    }

    fn step(&mut self, origin: &str, id: &str, step: Step) -> &mut Self {
        let timestamp = self.now.duration_since(self.begin).as_secs_f64();
        self.apply(Event::Task(TaskEvent { id: id.to_owned(), origin: process(origin), timestamp, step }))
    }

    fn apply(&mut self, event: Event) -> &mut Self {
        self.state.apply(event, self.now);
        self
    }

    fn cluster(&mut self) -> Cluster {
        self.state.snapshot(self.now)
    }

    fn count(&mut self, queue: &str, outcome: Outcome) -> u64 {
        self.cluster().queues.get(queue).map_or(0, |traffic| traffic.of(outcome))
    }

    fn running(&mut self) -> Vec<(String, u64)> {
        self.cluster().running.iter().map(|(queue, tasks)| (queue.to_string(), *tasks)).collect()
    }
}

/// `NAME@HOST`, and after a `#` the process if it is not the first.
fn process(name: &str) -> Process {
    let (hostname, pid) = name.split_once('#').unwrap_or((name, "1"));
    Process { hostname: hostname.to_owned(), pid: pid.parse().unwrap() }
}

fn succeeded(runtime: f64) -> Step {
    Step::Succeeded { runtime: Some(runtime) }
}

#[test]
fn a_real_celery_adds_up() {
    #[derive(Deserialize)]
    struct Line {
        received: f64,
        payload: String,
    }
    let lines =
        include_str!("../celeryev.jsonl").lines().map(|line| serde_json::from_str::<Line>(line).unwrap());
    let lines: Vec<Line> = lines.collect();
    let mut story = Story::new();
    for line in &lines {
        story.at(line.received - lines[0].received);
        Message::read(line.payload.as_bytes())
            .unwrap()
            .events
            .into_iter()
            .for_each(|event| _ = story.apply(event));
    }

    let cluster = story.cluster();
    assert_eq!((cluster.workers, cluster.active), (1, 0), "the other one was stopped");
    // what was retried counts twice
    assert_eq!(cluster.processed, 6);
    assert!(cluster.is_explained, "even though a rejected task says nothing");
    let counts = |queue: &str| Outcome::ALL.map(|outcome| cluster.queues[queue].of(outcome));
    assert_eq!(counts("default"), [2, 2, 2, 1, 1, 0, 0, 0]);
    assert_eq!(counts("slow"), [3, 3, 3, 1, 0, 1, 1, 0]);
    assert_eq!(counts("bulk"), [2, 2, 1, 0, 0, 0, 0, 0]);
    assert_eq!(cluster.queues.len(), 3);
    let (_, revoked) =
        cluster.queues["slow"].run_times().find(|(outcome, _)| *outcome == Outcome::Revoked).unwrap();
    assert!((1.9..2.2).contains(&revoked.sum()), "terminated after two seconds: {revoked:?}");
}

#[test]
fn a_worker_is_gone_when_celery_would_say_so() {
    let mut story = Story::new();
    story.beats("a@h", 0, 0).beats("b@h", 0, 0);
    assert_eq!(story.at(2.0).beats("a@h", 0, 0).cluster().workers, 2);
    assert_eq!(story.at(4.01).cluster().workers, 2, "one lost heartbeat, and a late one");
    assert_eq!(story.beats("b@h", 0, 0).at(6.0).beats("b@h", 0, 0).at(6.49).cluster().workers, 2);
    assert_eq!(story.at(6.51).cluster().workers, 1);
    story.apply(Event::Offline(process("b@h")));
    assert_eq!(story.cluster().workers, 0, "at once");
    assert_eq!(story.beats("b@h#3", 0, 0).cluster().workers, 1, "a successor");
}

#[test]
fn an_interruption_is_no_death_and_no_resurrection() {
    let mut story = Story::new();
    story.beats("dead@h", 0, 0).at(9.0).beats("a@h", 0, 0).beats("b@h", 0, 0).at(10.0);
    let lost = story.now;
    story.at(100.0);
    story.state.resume(lost, story.now);
    assert_eq!(story.at(101.9).cluster().workers, 2);
    assert_eq!(story.beats("a@h", 0, 0).at(104.51).cluster().workers, 1, "b died in between");
}

#[test]
fn processed_tasks_are_those_since_the_listening_began() {
    let mut story = Story::new();
    assert_eq!(story.beats("a@h", 0, 5000).cluster().processed, 0);
    assert_eq!(story.at(2.0).beats("a@h", 0, 5003).cluster().processed, 3);
    assert_eq!(story.at(3.0).beats("a@h#2", 0, 2).cluster().processed, 3, "another of the same name");
    assert_eq!(story.at(4.0).beats("a@h", 0, 5004).beats("a@h#2", 0, 4).cluster().processed, 6);
    assert_eq!(story.cluster().workers, 2, "they are two");
    assert_eq!(story.at(60.0).beats("a@h", 0, 5005).cluster().processed, 7, "it was out of reach");
    story.apply(Event::Offline(process("a@h")));
    assert_eq!(story.at(2000.0).cluster().processed, 7);
    assert_eq!(story.beats("a@h", 0, 3).cluster().processed, 7, "it was forgotten");
}

#[test]
fn the_client_may_be_slower_than_the_worker() {
    let mut story = Story::new();
    story.beats("a@h", 0, 0);
    story.step("a@h", "1", Step::Received).step("a@h", "1", Step::Started).step("a@h", "1", succeeded(0.01));
    assert_eq!(story.cluster().queues.len(), 0, "kept back");
    story.at(0.5).sent("1", "slow");
    assert_eq!(story.count("slow", Outcome::Succeeded), 1);

    // nobody was heard sending this one
    story.step("a@h", "2", Step::Started).at(1.4).beats("a@h", 1, 0);
    assert!(!story.cluster().is_explained);
    assert_eq!(story.at(1.6).running(), [(UNKNOWN.to_owned(), 1)]);
    assert!(!story.cluster().is_explained, "whose task it is remains unknown");
    story.step("a@h", "2", succeeded(3.0));
    assert_eq!(story.count(UNKNOWN, Outcome::Succeeded), 1);
    assert_eq!(story.count("slow", Outcome::Succeeded), 1);
}

#[test]
fn running_tasks_are_known_by_queue() {
    let mut story = Story::new();
    story.beats("a@h", 0, 0).beats("b@h", 0, 0);
    for (id, worker, queue) in [("1", "a@h", "slow"), ("2", "a@h", "slow"), ("3", "b@h", "bulk")] {
        story.sent(id, queue).step(worker, id, Step::Received).step(worker, id, Step::Started);
    }
    story.at(2.0).beats("a@h", 2, 2).beats("b@h", 1, 1);
    assert_eq!(story.running(), [("bulk".to_owned(), 1), ("slow".to_owned(), 2)]);
    assert!(story.cluster().is_explained);

    story.step("a@h", "1", Step::Failed).step("a@h", "2", Step::Retried);
    assert_eq!(story.running(), [("bulk".to_owned(), 1)]);
    story.step("a@h", "2", Step::Started).at(3.0).step("a@h", "2", succeeded(1.0));
    assert_eq!(story.count("slow", Outcome::Succeeded), 1, "a retried task keeps its queue");

    // who is idle runs nothing, even if it did not say how its tasks ended; it may still do so
    story.sent("4", "slow").step("a@h", "4", Step::Started);
    assert_eq!(story.at(4.0).beats("a@h", 0, 3).running(), [("bulk".to_owned(), 1)]);
    story.step("a@h", "4", succeeded(0.2));
    assert_eq!(story.count("slow", Outcome::Succeeded), 2);

    // a killed worker takes its tasks along
    assert_eq!(story.at(8.0).beats("a@h", 0, 3).running(), []);
    // and its successor runs something else
    assert_eq!(story.beats("b@h#3", 1, 1).running(), []);
    assert!(!story.cluster().is_explained);
}

#[test]
fn what_ends_unheard_runs_no_longer_even_if_its_worker_is_never_idle() {
    let mut story = Story::new();
    story.beats("a@h", 2, 0);
    for round in 1..=4 {
        let begin = f64::from(round) * 10.0;
        story.at(begin);
        for (task, queue) in ["slow", "bulk"].into_iter().enumerate() {
            let id = format!("{round}-{task}");
            story.sent(&id, queue).step("a@h", &id, Step::Received).step("a@h", &id, Step::Started);
        }
        story.at(begin + 1.0).beats("a@h", 2, 0).at(begin + 3.0).beats("a@h", 2, 0);
        assert_eq!(story.running(), [("bulk".to_owned(), 1), ("slow".to_owned(), 1)], "round {round}");
        assert!(story.cluster().is_explained, "round {round}");
        let lost = story.now;
        story.at(begin + 4.0);
        story.state.resume(lost, story.now);
    }
    assert_eq!(story.size(), (1, 2, 6), "its end may still be told");
}

#[test]
fn one_heartbeat_that_says_less_ends_nothing() {
    let mut story = Story::new();
    for (seconds, id) in [(0.1, "1"), (0.2, "2"), (0.3, "3")] {
        story.at(seconds).sent(id, "slow").step("a@h", id, Step::Started);
    }
    story.at(1.0).beats("a@h", 3, 3).at(2.0).beats("a@h", 2, 3).at(3.0).beats("a@h", 3, 3);
    assert_eq!(story.running(), [("slow".to_owned(), 3)]);
    // those that began first are the likeliest to have ended, and no more of them than both heartbeats say
    story.at(4.0).beats("a@h", 1, 3).at(5.0).beats("a@h", 2, 3);
    assert_eq!(story.running(), [("slow".to_owned(), 2)]);
    story.step("a@h", "3", succeeded(5.0)).step("a@h", "2", succeeded(5.0));
    assert_eq!(story.running(), []);
}

#[test]
fn a_task_of_many_steps_is_counted_even_if_nobody_was_heard_sending_it() {
    let mut story = Story::new();
    for _ in 0..MAX_STEPS + 1 {
        story.step("a@h", "1", Step::Received);
    }
    assert_eq!(story.at(2.0).count(UNKNOWN, Outcome::Received), MAX_STEPS as u64 + 1);
    assert_eq!(story.state.unsent.len(), 0);
}

/// 200 events a second for an hour, 500 workers, of which ten are replaced every minute.
#[test]
fn an_hour_of_events_takes_no_more_memory_than_a_minute() {
    const WORKERS: u64 = 500;
    let mut story = Story::new();
    let mut largest = (0, 0, 0);
    let mut id = 0;
    for second in 0..3600_u64 {
        let first = second / 60 * 10;
        story.at(second as f64);
        if second >= 10 && second % 60 > 5 && second % 5 == 0 {
            assert_eq!(story.cluster().workers, WORKERS, "at {second}: a lost heartbeat is no death");
        }
        for pid in (first..first + WORKERS).filter(|pid| pid % 2 == second % 2) {
            // one heartbeat in a hundred is lost, though never two in a row
            if (pid + second / 2) % 100 != 0 {
                story.beats(&format!("celery@pod-{pid}"), 0, second);
            }
        }
        for task in 0..50 {
            id += 1;
            let (name, worker) = (format!("task-{id}"), format!("celery@pod-{}", first + task));
            story.sent(&name, &format!("queue-{}", id % 1500)).step(&worker, &name, Step::Received);
            story.step(&worker, &name, Step::Started);
            // some are killed with their workers, and never end
            let end = if id % 10 == 0 { Step::Failed } else { succeeded(0.3) };
            story.step(&worker, &name, if id % 1000 == 0 { Step::Received } else { end });
        }
        if second == 900 {
            largest = story.size();
        }
    }
    let size = story.size();
    assert!(
        size.0 <= largest.0 && size.1 <= largest.1 + 300 && size.2 <= largest.2 + 300,
        "{largest:?} {size:?}"
    );
    let cluster = story.cluster();
    assert_eq!(cluster.queues.values().map(|traffic| traffic.of(Outcome::Sent)).sum::<u64>(), 180_000);
    assert!(cluster.queues.len() <= MAX_QUEUES + 2);
    assert!(cluster.queues[OTHER].of(Outcome::Sent) > 50_000);
}

#[test]
fn a_flood_is_bounded() {
    let mut story = Story::new();
    for id in 0..MAX_WAITING + 50_000 {
        story.sent(&id.to_string(), "slow");
        story.beats(&format!("worker-{id}"), u64::MAX, u64::MAX);
        story.step("a@h", &format!("unsent {id}"), Step::Started);
    }
    let (workers, running, waiting) = story.size();
    assert!(workers <= 10_000 && running <= 100_000 && waiting == MAX_WAITING, "{:?}", story.size());
    assert!(story.state.unsent.len() <= MAX_UNSENT);
    assert_eq!(story.cluster().active, u64::MAX);
}

impl Story {
    /// Workers, running tasks and waiting tasks that are remembered.
    fn size(&self) -> (usize, usize, usize) {
        let (workers, running) = self.state.workers.remembered();
        (workers, running, self.state.waiting.len())
    }
}
