"""What app-exporter has, as the plugin has it. The database and Redis are in the environment."""

import json

from nautobot.core.settings import *  # noqa: F403

with open("app_metrics.json") as settings:
    app_metrics = json.load(settings)

# The plugin looks for `nautobot.<app>.models` unless told otherwise.
for app in ("auth", "contenttypes"):
    app_metrics["models"][app]["_module"] = "django.contrib"

PLUGINS = ["nautobot_capacity_metrics"]
PLUGINS_CONFIG = {"nautobot_capacity_metrics": {"app_metrics": app_metrics}}
