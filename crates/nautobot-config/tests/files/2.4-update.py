from nautobot.core.settings import *
from site_plugins import *

PLUGINS.append("nautobot_capacity_metrics")
PLUGINS_CONFIG.update({
    "nautobot_capacity_metrics": {},
})
PLUGINS_CONFIG["nautobot_capacity_metrics"]["app_metrics"] = {"models": {"dcim": {"Device": True}}}
PLUGINS_CONFIG["nautobot_capacity_metrics"]["app_metrics"].update(jobs=True)
PLUGINS_CONFIG["nautobot_capacity_metrics"]["app_metrics"] |= {"queues": True}
PLUGINS_CONFIG["nautobot_capacity_metrics"]["app_metrics"]["models"]["ipam"] = {"VLAN": True}
