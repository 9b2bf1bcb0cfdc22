from nautobot.core.settings import *

REDIS_PASSWORD = "s3cr3t-of-redis"
SENTINELS = [("mysentinel.redis.example.com", 26379), ("other.redis.example.com", 26379)]

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": "redis://nautobot/0",
        "OPTIONS": {
            "CLIENT_CLASS": "django_redis.client.SentinelClient",
            "CONNECTION_POOL_CLASS": "redis.sentinel.SentinelConnectionPool",
            "PASSWORD": "s3cr3t-of-redis",
            "SENTINELS": [("mysentinel.redis.example.com", 26379), ("other.redis.example.com", 26379)],
            "SENTINEL_KWARGS": {"password": ""},
        },
    },
}

RQ_QUEUES = {
    "default": {"USE_REDIS_CACHE": "default"},
    "check_releases": {"USE_REDIS_CACHE": "default"},
    "custom_fields": {
        "SENTINELS": [("mysentinel.redis.example.com", 26379), ("other.redis.example.com", 26379)],
        "MASTER_NAME": "second",
        "DB": 3,
        "PASSWORD": REDIS_PASSWORD,
    },
    "webhooks": {"URL": "rediss://worker:s3cr3t%40url@10.0.0.1:6380/2", "DEFAULT_TIMEOUT": 300},
    "local": {"UNIX_SOCKET_PATH": "/run/redis/redis.sock", "DB": 1},
}

PLUGINS = ["nautobot_capacity_metrics"]
