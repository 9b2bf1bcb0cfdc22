//! nautobot-collectors
