//! rq-model
