//! The names of PyPI's rq-exporter.

use crate::{Exporter, after, of, values};

#[tokio::test]
async fn its_families_are_there_without_the_names_of_workers() {
    let redis = after(&[
        "SADD rq:queues rq:queue:q",
        "RPUSH rq:queue:q a b",
        "ZADD rq:failed:q 4000000000 c",
        "ZADD rq:canceled:q 4000000000 d",
        "SADD rq:workers rq:worker:a rq:worker:b rq:worker:c rq:worker:dead",
        "HSET rq:worker:a queues q,r state busy successful_job_count 5 failed_job_count 1 total_working_time 2.5",
        "HSET rq:worker:b queues q,r state busy successful_job_count 7 failed_job_count 1",
        "HSET rq:worker:c queues r,q state idle",
    ]);
    let mut page = Exporter::only(&redis, "rq_exporter").page().await;
    let jobs = [
        ("queue=q,status=deferred", 0.0),
        ("queue=q,status=failed", 1.0),
        ("queue=q,status=finished", 0.0),
        ("queue=q,status=queued", 2.0),
        ("queue=q,status=scheduled", 0.0),
        ("queue=q,status=started", 0.0),
    ];
    assert_eq!(of(&page, "rq_jobs"), values(jobs));
    let workers = [("queues=q,r,state=busy", 2.0), ("queues=r,q,state=idle", 1.0)];
    assert_eq!(of(&page, "rq_workers"), values(workers));
    for (family, first) in [
        ("rq_workers_success_total", 12.0),
        ("rq_workers_failed_total", 2.0),
        ("rq_workers_working_time_total", 2.5),
    ] {
        assert_eq!(of(&page, family), values([("queues=q,r", first), ("queues=r,q", 0.0)]), "{family}");
        page.remove(family);
    }
    page.retain(|family, _| !["rq_jobs", "rq_workers", "nautobot_rq_up"].contains(&family.as_str()));
    assert!(page.is_empty(), "{page:?}");
}
