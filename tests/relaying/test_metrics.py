"""Metrics that Prometheus reads."""

from __future__ import annotations

from typing import Any, NamedTuple

from netloom.relaying.metrics import metrics
from tests.relaying.worlds import parsed


class One(NamedTuple):
    name: str
    sizes: tuple[int, int]
    listen: Any = parsed("tcp://127.0.0.1:1")
    target: Any = parsed("tcp://10.0.0.1:2")


def test_both_ways_of_each() -> None:
    relays: Any = [One("a", (1, 2)), One('b"\\\n', (3, 4))]
    one = 'listener="127.0.0.1:1",proxy="a",upstream="10.0.0.1:2"'
    other = one.replace('"a"', '"b\\"\\\\\\n"')
    assert metrics(relays).splitlines() == [
        "# HELP toxiproxy_proxy_sent_bytes_total Octets that went on to the target.",
        "# TYPE toxiproxy_proxy_sent_bytes_total counter",
        f'toxiproxy_proxy_sent_bytes_total{{direction="upstream",{one}}} 1',
        f'toxiproxy_proxy_sent_bytes_total{{direction="upstream",{other}}} 3',
        "# HELP toxiproxy_proxy_received_bytes_total Octets that came from the target.",
        "# TYPE toxiproxy_proxy_received_bytes_total counter",
        f'toxiproxy_proxy_received_bytes_total{{direction="downstream",{one}}} 2',
        f'toxiproxy_proxy_received_bytes_total{{direction="downstream",{other}}} 4',
    ]
