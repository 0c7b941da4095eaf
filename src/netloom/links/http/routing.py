"""Which of the protocols that share a port a request is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.links.http.messages import Request
    from netloom.links.listener import Route

UPGRADES = {"websocket": "ws"}
"""The protocol that each token of Upgrade asks for."""
_USUAL = {"doh": "/dns-query"}
"""Where a scheme lives by custom when the endpoint names no path (RFC 8484 §4.1)."""


class Router:
    """The routes of one port, the longest path first."""

    def __init__(self, routes: Sequence[Route]) -> None:
        by_path = sorted(((_path(route), route) for route in routes), key=lambda pair: -len(pair[0]))
        upgrades = set(UPGRADES.values())
        self._upgrades = [pair for pair in by_path if pair[1].declared.name in upgrades]
        self._plain = [pair for pair in by_path if pair[1].declared.name not in upgrades]

    @property
    def is_catch_all(self) -> bool:
        """Whether the last of the plain routes takes everything."""
        return bool(self._plain) and not self._plain[-1][0]

    def find(self, request: Request) -> Route | None:
        """The route for a request; None where there is none."""
        wanted = UPGRADES.get(request.protocol) if request.protocol else None
        if wanted is not None:
            for prefix, route in self._upgrades:
                if route.declared.name == wanted and _within(request.target, prefix):
                    return route
        for prefix, route in self._plain:
            if not prefix or _within(request.target, prefix):
                return route
        return None

    def only_upgrades(self, request: Request) -> bool:
        """Whether this path is there, but for those who upgrade (RFC 9110 §15.5.22)."""
        return any(_within(request.target, prefix) for prefix, _ in self._upgrades)


def _path(route: Route) -> str:
    return (route.endpoint.path or _USUAL.get(route.endpoint.scheme, "")).rstrip("/")


def _within(target: str, prefix: str) -> bool:
    path = target.partition("?")[0]
    return not prefix or path == prefix or path.startswith(prefix + "/")
