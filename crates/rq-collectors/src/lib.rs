//! rq-collectors
