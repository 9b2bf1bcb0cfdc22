from nautobot.core.settings import *
DATABASES = {"default": {"ENGINE": "django.db.backends.mysql", "NAME": "nautobot", "HOST": "mysql", "PASSWORD": "s3cr3t"}}
CELERY_BROKER_URL = "amqp://rabbit.example.com:5672/"
PLUGINS_CONFIG = {"nautobot_capacity_metrics": {"app_metrics": {"jobs": True, "models": {"dcim": {"Device": True}}, "queues": True}}}
