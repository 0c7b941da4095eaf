"""What relays have carried, for Prometheus (text format 0.0.4), by the names that toxiproxy gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netloom.relaying.relays import Relays


def metrics(relays: Relays) -> str:
    """Octets that targets were sent, and those that came from them."""
    sent, received = [], []
    for each in relays:
        names = {"listener": each.listen.authority, "proxy": each.name, "upstream": each.target.authority}
        sizes = each.sizes
        sent.append(_sample("sent", {"direction": "upstream", **names}, sizes[0]))
        received.append(_sample("received", {"direction": "downstream", **names}, sizes[1]))
    return "".join(
        [
            *_head("sent", "Octets that went on to the target."),
            *sent,
            *_head("received", "Octets that came from the target."),
            *received,
        ]
    )


def _head(way: str, words: str) -> list[str]:
    name = f"toxiproxy_proxy_{way}_bytes_total"
    return [f"# HELP {name} {words}\n", f"# TYPE {name} counter\n"]


def _sample(way: str, labels: dict[str, str], size: int) -> str:
    words = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"toxiproxy_proxy_{way}_bytes_total{{{words}}} {size}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
