# One key, and with it the plugin drops the defaults of all others.
PLUGINS = ["nautobot_capacity_metrics"]
PLUGINS_CONFIG = {"nautobot_capacity_metrics": {"app_metrics": {"queues": False}}}
