from nautobot.core.settings import *

CELERY_BROKER_URL = "sentinel://mysentinel.redis.example.com:26379/0;sentinel://other.redis.example.com:26379/0"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "master_name": "nautobot",
    "priority_steps": [0, 3, 6, 9],
    "sentinel_kwargs": {"password": "s3cr3t-of-sentinels"},
}
PLUGINS = ["nautobot_capacity_metrics"]
PLUGINS_CONFIG = {
    "nautobot_capacity_metrics": {
        "app_metrics": {"models": {}, "jobs": True, "queues": True},
    },
}
