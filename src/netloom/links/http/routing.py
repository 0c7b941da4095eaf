"""Which of the protocols that share a port a request is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.links.http.messages import Request
    from netloom.links.listener import Route


class Router:
    """The routes of one port, the longest path first."""

    def __init__(self, routes: Sequence[Route]) -> None:
        by_path = sorted(((_path(route), route) for route in routes), key=lambda pair: -len(pair[0]))
        self._upgrades = [pair for pair in by_path if pair[1].scheme.channel]
        self._plain = [pair for pair in by_path if not pair[1].scheme.channel]

    @property
    def is_catch_all(self) -> bool:
        """Whether the last of the plain routes takes everything."""
        return bool(self._plain) and not self._plain[-1][0]

    def find(self, request: Request) -> Route | None:
        """The route for a request; None where there is none."""
        if request.protocol:
            for prefix, route in self._upgrades:
                if route.scheme.channel == request.protocol and _within(request.target, prefix):
                    return route
        for prefix, route in self._plain:
            if not prefix or _within(request.target, prefix):
                return route
        return None

    def only_upgrades(self, request: Request) -> bool:
        """Whether this path is there, but for those who upgrade (RFC 9110 §15.5.22)."""
        return any(_within(request.target, prefix) for prefix, _ in self._upgrades)


def _path(route: Route) -> str:
    return (route.endpoint.path or route.scheme.path).rstrip("/")


def _within(target: str, prefix: str) -> bool:
    path = target.partition("?")[0]
    return not prefix or path == prefix or path.startswith(prefix + "/")
