import os
import sys

from nautobot.core.settings import *  # noqa F401,F403
from nautobot.core.settings_funcs import is_truthy, parse_redis_connection

if is_truthy(os.getenv("DEBUG", "false")):
    PLUGINS_CONFIG = {"nautobot_capacity_metrics": {"app_metrics": {"jobs": False}}}

DATABASES = {
    "default": {
        "NAME": os.getenv("NAUTOBOT_DB_NAME", "nautobot_production"),
        "USER": os.environ.get("NAUTOBOT_DB_USER", ""),
        "PASSWORD": os.environ["DB_PASSWORD"],
        "HOST": os.getenv("NAUTOBOT_DB_HOST", "db.example.com"),
        "PORT": os.getenv("PGPORT", ""),
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": {"sslmode": "verify-full", "sslrootcert": "/etc/ssl/db-ca.pem"},
    }
}

CACHES = {
    "default": {
        "BACKEND": "django_prometheus.cache.backends.redis.RedisCache",
        "LOCATION": parse_redis_connection(redis_database=1),
    }
}

CELERY_BROKER_URL = os.getenv("NAUTOBOT_CELERY_BROKER_URL", parse_redis_connection(redis_database=0))

PLUGINS = ["nautobot_capacity_metrics", "nautobot_ssot"]
PLUGINS_CONFIG = {
    "nautobot_capacity_metrics": {
        "app_metrics": {
            "gitrepositories": True,
            "jobs": True,
            "models": {
                "dcim": {
                    "Location": True,
                    "Rack": True,
                    "Device": True,
                    "Interface": True,
                },
                "ipam": {
                    "IPAddress": True,
                    "Prefix": True,
                },
                "auth": {
                    "_module": "django.contrib",
                    "Group": True,
                },
            },
            "versions": {
                "basic": True,
                "plugins": True,
            },
        }
    },
}
