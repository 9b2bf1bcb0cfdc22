import json
from nautobot.core.settings import *

with open("/opt/nautobot/plugins.json") as file:
    PLUGINS_CONFIG = json.load(file)

DATABASES["default"]["HOST"], DATABASES["default"]["PORT"] = "a", 5432
PLUGINS_CONFIG.setdefault("nautobot_capacity_metrics", {})
from site_redis import CACHES
