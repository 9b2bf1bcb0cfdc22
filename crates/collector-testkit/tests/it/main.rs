//! What a testkit is for: that good collectors pass, and bad ones do not, with a message that tells why.
#![cfg(test)]

mod backends;
mod conventions;
mod pages;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};

static FILES: Family<Gauge, 2> = Family::gauge("acme_files", "Files, by place.", ["spool", "host"]);

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), CollectError>> + Send + 'a>>;

/// A collector of `acme_files` that does as it is told.
struct Does(fn(&mut Samples) -> Running<'_>);

impl Collector for Does {
    fn name(&self) -> &str {
        "does"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![FILES.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        (self.0)(out).await
    }
}

/// A collector of these files.
fn emits() -> Does {
    Does(|out| {
        out.gauge(&FILES, ["mail", "a"], 3);
        out.gauge(&FILES, ["a \"b\"\\\n", "b"], 0.5);
        Box::pin(async { Ok(()) })
    })
}

/// What a check says that does not pass.
fn complaint(check: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(check)).expect_err("the check passes");
    *panic.downcast::<String>().unwrap()
}
