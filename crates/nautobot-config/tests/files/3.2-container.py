#
# The image's file, with a broker that has a password in its URL.
#
import os

from nautobot.core.settings import *
from nautobot.core.settings_funcs import is_truthy

env = os.environ
DATABASES = {
    "default": {
        "NAME": "nautobot",
        "USER": "nautobot",
        "PASSWORD": f"{env.get('PREFIX', 's3cr3t')}-{os.getenv('X', '{}'):>10}",
        "HOST": "",
        "PORT": None,
        "ENGINE": "django_prometheus.db.backends.postgresql",
        "OPTIONS": {"sslmode": os.getenv("SSLMODE", "prefer")},
    }
}
CELERY_BROKER_URL = "rediss://:s3cr3t-of-the-broker@cache.example.com:6380/0?ssl_cert_reqs=required"

PLUGINS = ["nautobot_capacity_metrics", "nautobot_chatops"]
PLUGINS_CONFIG = {
    "nautobot_chatops": {"enable_slack": True, "slack_api_token": env.get("SLACK_API_TOKEN", "s3cr3t-of-slack")},
    "nautobot_capacity_metrics": {
        "app_metrics": {
            "jobs": True,
            "gitrepositories": True,
            "queues": False,
            "models": {
                "dcim": {name: True for name in ("Device", "Rack")},
                "vpn": {"VPN": True, "VPNTunnel": True},
                "load_balancers": {"VirtualServer": True},
                "wireless": {"SSID"},
            },
            "versions": {"basic": is_truthy(os.getenv("VERSIONS")), "plugins": True},
        },
    },
}
