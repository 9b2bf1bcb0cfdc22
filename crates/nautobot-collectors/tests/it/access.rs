//! How the collectors get into a database: as a role that may do what [`grants`] says and nothing else, and through
//! PgBouncer where the tests are to go that way.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use nautobot_collectors::{Settings, grants};
use nautobot_db::Nautobot;
use testbed::{Database, PgBouncer};
use tokio::runtime::Runtime;

/// A role for one handle: its connections are limited.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) role: String,
    pub(crate) url: String,
}

impl Access {
    /// For collectors with these settings.
    pub(crate) fn to(database: &Database, settings: &Settings) -> Self {
        static ROLES: AtomicU32 = AtomicU32::new(1);
        Self::of(format!("exporter-{}", ROLES.fetch_add(1, Ordering::Relaxed)), database, settings)
    }

    /// The same of a role by this name.
    pub(crate) fn of(role: String, database: &Database, settings: &Settings) -> Self {
        grant(database, settings, &role);
        let url =
            if through_pgbouncer() { database.url_through_pgbouncer(&role) } else { database.url_for(&role) };
        Self { role, url }
    }

    /// After an upgrade of Nautobot.
    pub(crate) fn renew(&self, database: &Database, settings: &Settings) {
        grant(database, settings, &self.role);
    }

    /// The settings of a handle.
    pub(crate) fn settings(&self) -> nautobot_db::Settings {
        let mut settings = nautobot_db::Settings::default();
        settings.url = Some(self.url.clone().into());
        settings
    }

    pub(crate) fn open(&self) -> Nautobot {
        Nautobot::open(&self.settings()).unwrap()
    }
}

/// What an operator does: prints the SQL and runs it as the tables' owner.
fn grant(database: &Database, settings: &Settings, role: &str) {
    let mut owner = nautobot_db::Settings::default();
    owner.url = Some(database.url().into());
    let print = || {
        Runtime::new().unwrap().block_on(async {
            let nautobot = Nautobot::open(&owner).unwrap();
            grants(&nautobot, settings, role, Duration::from_secs(20)).await.unwrap()
        })
    };
    // A thread of its own, because a test may have a runtime already.
    let sql = thread::scope(|scope| scope.spawn(print).join().unwrap());
    // A role has to outlive a server that is killed.
    database.psql(&format!("SET synchronous_commit = on;\n{sql}"));
}

pub(crate) fn through_pgbouncer() -> bool {
    if crate::THROUGH_PGBOUNCER && !PgBouncer::is_installed() {
        println!("pgbouncer is not installed: this goes straight to the server");
        return false;
    }
    crate::THROUGH_PGBOUNCER
}
