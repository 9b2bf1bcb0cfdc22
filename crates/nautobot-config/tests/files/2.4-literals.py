from nautobot.core.settings import *

DATABASES: dict = {
    'default': dict(
        NAME='nautobot',
        USER="nautobot",
        PASSWORD='''s3cr3t
of two lines''',
        HOST=r"pg\host",
        PORT=0x1538,
        ENGINE=('django.db.backends'
                '.postgresql'),
    ),
    'replica': {'HOST': 'elsewhere'},
}
DATABASES["default"]["HOST"] = "pg.example.com"; DATABASES["default"].update({"OPTIONS": {"sslmode": "require"}})

CELERY_BROKER_URL = "redis://cache.example.com:6379/0"
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "nb-", "priority_steps": list(range(10)), "visibility_timeout": 3600}
CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": ["redis://user:s3cr3t@cache.example.com:6379/1"]}}

METRICS = "nautobot_" \
    "capacity_metrics"

PLUGINS_CONFIG["nautobot_ssot"] = {"hide_example_jobs": True}
PLUGINS_CONFIG["nautobot_capacity_metrics"] = {
    "app_metrics": {
        u"models": {
            "dc" "im": dict(Device=True, Location=True, **{}),
            "ipam": {"Prefix": 1, "IPAddress": None, "\x56RF": False,},
            "tenancy": {},
        },
        "jobs": "yes",
        "queues": 0,
        "gitrepositories": None,
        "versions": {"basic": 1, "plugins": False},
        "metrics_directory": "/opt/metrics.d",
    },
    "base_url": "capacity",
}
