/// Whose queues are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Broker {
    /// Those of RQ and of Celery, whichever Redis holds; those of RQ if it holds neither.
    #[default]
    Auto,
    /// Those of RQ.
    Rq,
    /// Those of Celery.
    Celery,
}

/// Section `[rq_metrics]` of an exporter's settings.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// Whose queues are shown. Default: those that Redis holds.
    pub broker: Broker,
    /// Queues to show besides those that RQ or Celery have registered in Redis, which they do when the first job comes: a
    /// queue that was never used reads 0 instead of being absent.
    ///
    /// Default: `default`, which every Nautobot has. The plugin shows what `RQ_QUEUES` lists, by default
    /// `default`, `check_releases`, `custom_fields` and `webhooks`.
    pub queues: Vec<String>,
    /// More databases, each with the keys of section `[redis]`, where `RQ_QUEUES` spreads the queues over several.
    /// Default: none.
    pub redis: Vec<rq_model::Settings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { broker: Broker::default(), queues: vec!["default".to_owned()], redis: Vec::new() }
    }
}

/// What this exporter reads of the plugin's own section, `[app_metrics]`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AppMetrics {
    /// Whether the queues are shown, as the plugin up to 2.1.1 has it. Default: yes.
    pub queues: bool,
}

impl Default for AppMetrics {
    fn default() -> Self {
        Self { queues: true }
    }
}
