"""A page that counts who asks for it."""

from prometheus_client import Counter

import jobs

ASKED = Counter("acme_requests", "Requests.")


def application(environ, start_response):
    ASKED.inc()
    jobs.count(int(environ["QUERY_STRING"]))
    start_response("200 OK", [("Content-Length", "0")])
    return []
