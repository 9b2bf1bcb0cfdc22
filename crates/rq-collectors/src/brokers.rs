use celery_model::Error;

use crate::{Broker, CeleryBrokers, CelerySettings, Servers, Settings};

/// Where a site's jobs wait: in RQ's Redis databases, in Celery's, or in both, as in Nautobot 1.1 to 1.6.
#[derive(Clone, Debug)]
pub struct Brokers {
    rq: Servers,
    celery: CeleryBrokers,
}

impl Brokers {
    /// Those of sections `[redis]`, `[rq_metrics]` and `[celery]`.
    ///
    /// A broker that only Celery can use, such as RabbitMQ, is refused if `settings` say that Celery is to be shown, and
    /// otherwise told in the log.
    ///
    /// # Errors
    /// A value that cannot be used.
    pub fn open(
        redis: &nautobot_redis::Settings,
        settings: &Settings,
        celery: &CelerySettings,
    ) -> Result<Self, Error> {
        let rq = || Servers::open(redis, &settings.redis);
        match settings.broker {
            Broker::Rq => Ok(rq()?.into()),
            Broker::Celery => {
                Ok(Self { rq: Servers::default(), celery: CeleryBrokers::open(redis, celery)? })
            }
            Broker::Auto => Self::found(rq()?, redis, celery),
        }
    }

    fn found(rq: Servers, redis: &nautobot_redis::Settings, celery: &CelerySettings) -> Result<Self, Error> {
        match CeleryBrokers::if_any(&rq, redis, celery) {
            Err(error @ Error::Unsupported { .. }) => {
                tracing::warn!("{error}: celery's queues are not shown");
                Ok(rq.into())
            }
            celery => Ok(Self { celery: celery?, rq }),
        }
    }

    /// RQ's; none if the settings say that there is no RQ.
    pub fn rq(&self) -> &Servers {
        &self.rq
    }

    /// Celery's; none if the settings say that there is no Celery.
    pub fn celery(&self) -> &CeleryBrokers {
        &self.celery
    }
}

/// Without Celery.
impl From<Servers> for Brokers {
    fn from(rq: Servers) -> Self {
        Self { rq, celery: CeleryBrokers::default() }
    }
}
