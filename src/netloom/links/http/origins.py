"""Which pages may talk to a server from a browser, and how that is said (RFC 6454, RFC 6455 §10.2, Fetch §3.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from netloom.links.http.messages import header, headers_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.links.http.messages import Headers, Request

_USUAL = {"http": 80, "https": 443}
_NAMES = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[ \t]*,[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+)*")
_REMEMBERED = "600"  # seconds


def may_come(request: Request, origins: Sequence[str] = ()) -> bool:
    """Whether whoever asks is no page, one of the server's own, or one of `origins` ("*": any)."""
    said = headers_all(request.headers, "origin")
    if not said:
        return True
    return len(said) == 1 and ("*" in origins or said[0] in origins or _is_own(said[0], request))


def shared(request: Request, origins: Sequence[str] = ()) -> Headers:
    """The fields with which an answer lets a page of another origin read it.

    Those that were named may send cookies and passwords along; "*" lets any page read what anybody may read.
    """
    if not origins:
        return ()
    origin = header(request.headers, "origin")
    if origin is not None and origin != "*" and origin in origins:
        return (
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
            ("vary", "origin"),
        )
    return (("access-control-allow-origin", "*"),) if "*" in origins else (("vary", "origin"),)


def permitted(request: Request, origins: Sequence[str], methods: str) -> Headers:
    """The fields that answer a browser's question before the request itself (Fetch §3.2.2)."""
    fields = shared(request, origins)
    if not any(name == "access-control-allow-origin" for name, _ in fields):
        return fields
    wanted = header(request.headers, "access-control-request-headers") or ""
    named = (("access-control-allow-headers", wanted),) if _NAMES.fullmatch(wanted) else ()
    return (*fields, ("access-control-allow-methods", methods), *named, ("access-control-max-age", _REMEMBERED))


def _is_own(origin: str, request: Request) -> bool:
    try:
        parts = urlsplit(origin)
        asked = urlsplit(f"{request.scheme}://{request.authority}")
        return (
            parts.scheme in _USUAL
            and parts.hostname is not None
            and parts.hostname == asked.hostname
            and (parts.port or _USUAL[parts.scheme]) == (asked.port or _USUAL[request.scheme])
        )
    except ValueError:
        return False
