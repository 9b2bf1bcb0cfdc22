"""What `nautobot-server init` of 1.6 writes, where nothing but the plugin was set."""
import os
import os.path

from nautobot.core.settings import *  # noqa: F401,F403
from nautobot.core.settings_funcs import is_truthy, parse_redis_connection

DEBUG = is_truthy(os.getenv("NAUTOBOT_DEBUG", "False"))
ALLOWED_HOSTS = os.getenv("NAUTOBOT_ALLOWED_HOSTS", "").split(" ")
INSTALLATION_METRICS_ENABLED = is_truthy(os.getenv("NAUTOBOT_INSTALLATION_METRICS_ENABLED", "True"))

DATABASES = {
    "default": {
        "NAME": os.getenv("NAUTOBOT_DB_NAME", "nautobot"),  # Database name
        "USER": os.getenv("NAUTOBOT_DB_USER", ""),  # Database username
        "PASSWORD": os.getenv("NAUTOBOT_DB_PASSWORD", ""),  # Database password
        "HOST": os.getenv("NAUTOBOT_DB_HOST", "localhost"),  # Database server
        "PORT": os.getenv("NAUTOBOT_DB_PORT", ""),  # Database port (leave blank for default)
        "CONN_MAX_AGE": int(os.getenv("NAUTOBOT_DB_TIMEOUT", "300")),  # Database timeout
        "ENGINE": os.getenv(
            "NAUTOBOT_DB_ENGINE",
            "django_prometheus.db.backends.postgresql" if METRICS_ENABLED else "django.db.backends.postgresql",
        ),
    }
}

# Ensure proper Unicode handling for MySQL
if DATABASES["default"]["ENGINE"].endswith("mysql"):
    DATABASES["default"]["OPTIONS"] = {"charset": "utf8mb4"}

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache" if not METRICS_ENABLED else "django_prometheus.cache.backends.redis.RedisCache",
        "LOCATION": parse_redis_connection(redis_database=0),
        "TIMEOUT": 300,
        "OPTIONS": {
            "CLIENT_CLASS": "django_redis.client.DefaultClient",
        },
    }
}

RQ_QUEUES = {
    "default": {"USE_REDIS_CACHE": "default"},
    "check_releases": {"USE_REDIS_CACHE": "default"},
    "custom_fields": {"USE_REDIS_CACHE": "default"},
    "webhooks": {"USE_REDIS_CACHE": "default"},
}

if "NAUTOBOT_CELERY_BROKER_URL" in os.environ:
    CELERY_BROKER_URL = os.environ["NAUTOBOT_CELERY_BROKER_URL"]

LOG_LEVEL = "DEBUG" if DEBUG else "INFO"
LOGGING = {
    "version": 1,
    "formatters": {
        "normal": {
            "format": "%(asctime)s.%(msecs)03d %(levelname)-7s %(name)s :\n  %(message)s",
            "datefmt": "%H:%M:%S",
        },
    },
    "handlers": {"console": {"level": "INFO", "class": "logging.StreamHandler", "formatter": "normal"}},
    "loggers": {"": {"handlers": ["console"], "level": LOG_LEVEL}},
}

PLUGINS = [
    "nautobot_capacity_metrics",
    "nautobot_golden_config",
]
PLUGINS_CONFIG = {
    "nautobot_capacity_metrics": {
        "app_metrics": {
            "gitrepositories": True,
            "jobs": True,
            "models": {
                "nautobot_golden_config": {"_module": "", "GoldenConfig": True},
                "auth": {"_module": "django.contrib", "Group": True},
                "dcim": {
                    "Site": True,
                    "Device": True,
                    "Interface": True,
                },
            },
            "queues": is_truthy(os.getenv("NAUTOBOT_QUEUE_METRICS", "1")),
            "versions": {"basic": True, "plugins": True},
        },
    },
    "nautobot_golden_config": {"per_feature_bar_width": 0.15, "sot_agg_transposer": None},
}
