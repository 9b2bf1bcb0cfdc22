//! From samples to bytes to HTTP: what an exporter needs besides its collectors.
