# The example of the plugin's README, in the file that `nautobot-server init` of 1.0 wrote.
import os
import sys

from nautobot.core.settings import *

ALLOWED_HOSTS = []

DATABASES = {
    "default": {
        "NAME": "nautobot",  # Database name
        "USER": "nautobot",  # Database username
        "PASSWORD": "s3cr3t-of-the-database",  # Database password
        "HOST": "localhost",  # Database server
        "PORT": "",  # Database port (leave blank for default)
        "CONN_MAX_AGE": 300,  # Connection timeout
        "ENGINE": "django.db.backends.postgresql",  # Database driver (Postgres only supported!)
    }
}

RQ_QUEUES = {
    "default": {
        "HOST": "localhost",
        "PORT": 6379,
        "DB": 0,
        "PASSWORD": "",
        "SSL": False,
        "DEFAULT_TIMEOUT": 300,
    },
    # "with-sentinel": {
    #     "SENTINELS": [("mysentinel.redis.example.com", 6379)],
    # },
    "check_releases": {
        "HOST": "localhost",
        "PORT": 6379,
        "DB": 0,
        "PASSWORD": "",
        "SSL": False,
        "DEFAULT_TIMEOUT": 300,
    },
}

CACHEOPS_REDIS = "redis://localhost:6379/1"

SECRET_KEY = '!"#not-for-anybody\'s eyes'

PLUGINS = ["nautobot_capacity_metrics"]

PLUGINS_CONFIG = {
  "nautobot_capacity_metrics": {
    "app_metrics": {
      "models": {
        "dcim": {"Site": True, "Rack": True, "Device": True, "Interface": True, "Cable": True},
        "ipam": {"IPAddress": True, "Prefix": True},
      },
      "jobs": True,
      "queues": True,
    }
  }
}

MAINTENANCE_MODE = False
