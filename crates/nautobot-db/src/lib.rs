//! nautobot-db
