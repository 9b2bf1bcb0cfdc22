//! The collectors against real databases of Nautobot, side by side with what the real plugin printed from them.
#![cfg(test)]

mod it;

/// Whether there is a PgBouncer between the collectors and the server.
const THROUGH_PGBOUNCER: bool = false;
