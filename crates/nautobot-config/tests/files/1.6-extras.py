from nautobot.core.settings import *
from prometheus_client.core import GaugeMetricFamily
from example_metrics import sites, racks


def metric_prefix_utilization():
    """The README's own example."""
    g = GaugeMetricFamily("nautobot_prefix_utilization", "percentage of utilization per container prefix", labels=["prefix", "role", "site"])

    containers = Prefix.objects.filter(status="container").all()
    for container in containers:
        site = "none"
        if container.site:
            site = container.site.slug

        g.add_metric([str(container.prefix), "none", site], container.get_utilization())

    yield g


PLUGINS = ["nautobot_capacity_metrics"]

PLUGINS_CONFIG = {
    "nautobot_capacity_metrics": {
        "app_metrics": {
            "jobs": False,
            "extras": [
                metric_prefix_utilization,
                sites, racks,
                lambda: [],
            ],
        },
    }
}
