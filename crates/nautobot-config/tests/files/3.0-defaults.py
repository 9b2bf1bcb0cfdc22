import os

from nautobot.core.settings import *

SECRET_KEY = os.getenv("NAUTOBOT_SECRET_KEY", "s3cr3t-of-nobody")
PLUGINS = ["nautobot_capacity_metrics"]
