//! The tests of `direct.rs`, every one, through PgBouncer in transaction mode.
#![cfg(test)]

mod it;

/// Whether there is a PgBouncer between the collectors and the server.
const THROUGH_PGBOUNCER: bool = true;
