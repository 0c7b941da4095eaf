"""Routes: what stands behind a listener."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from netloom.endpoint import Endpoint
from netloom.records import AccessRecord
from netloom.shapes import Protocol, Scheme

Serve = Callable[[Any, Any, Any], Awaitable[None]]
"""A server's side of one connection: it is given the link, the content and a `Context`."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One protocol with one content behind a listener. Those that a carrier can tell apart share a port."""

    declared: Protocol
    scheme: Scheme
    endpoint: Endpoint
    content: Any
    options: Any
    serve: Serve
    report: Callable[[AccessRecord], None] | None = None
