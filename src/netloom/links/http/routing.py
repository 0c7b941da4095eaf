"""Which of the protocols that share a port a request is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.links.http.messages import header

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.links.http.messages import Request
    from netloom.links.route import Route


class Router:
    """The routes of one port, the longest path first.

    A route with a channel gets those requests that ask for it, one without gets any: what upgrades and what doesn't may
    be for the same protocol. Where both have the same path, the channel's comes first. A channel that is a media type
    is asked for by a body of that type; what nobody else wants there is given to it too, to be refused in its words.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = sorted(
            ((_path(route), route) for route in routes),
            key=lambda pair: (-len(pair[0]), not pair[1].scheme.channel),
        )

    @property
    def is_catch_all(self) -> bool:
        """Whether one of the routes takes everything that isn't an upgrade."""
        return any(not prefix and not _upgrades(route.scheme.channel) for prefix, route in self._routes)

    def find(self, request: Request) -> Route | None:
        """The route for a request; None where there is none."""
        for prefix, route in self._routes:
            channel = route.scheme.channel
            if (not channel or _asks(request, channel)) and (not prefix or _within(request.target, prefix)):
                return route
        for prefix, route in self._routes:
            if "/" in route.scheme.channel and _within(request.target, prefix):
                return route
        return None

    def only_upgrades(self, request: Request) -> bool:
        """Whether this path is there, but for those who upgrade (RFC 9110 §15.5.22)."""
        return any(
            _upgrades(route.scheme.channel) and _within(request.target, prefix) for prefix, route in self._routes
        )


def _upgrades(channel: str) -> bool:
    return channel != "" and "/" not in channel


def _asks(request: Request, channel: str) -> bool:
    """Whether a request is for a channel: by its Upgrade, or by its body's type and what specialises that (+, ;)."""
    if "/" not in channel:
        return channel == request.protocol
    kind = header(request.headers, "content-type") or ""
    return kind.startswith(channel) and kind[len(channel) :][:1] in ("", "+", ";")


def _path(route: Route) -> str:
    return (route.endpoint.path or route.scheme.path).rstrip("/")


def _within(target: str, prefix: str) -> bool:
    path = target.partition("?")[0]
    return not prefix or path == prefix or path.startswith(prefix + "/")
