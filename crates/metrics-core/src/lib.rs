//! metrics-core
