"""HTTP's messages without their bodies: what every version of it has in common (RFC 9110)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

Headers = tuple[tuple[str, str], ...]
"""Fields in the order in which they came, duplicates kept; names are in lower case."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request's control data and headers (RFC 9110 §6.2).

    `target` is `path?query` (origin form), `*` for OPTIONS, or `host:port` for CONNECT. `protocol` is extended
    CONNECT's :protocol (RFC 8441) or the token of Upgrade in lower case; a client sets it to ask for one.
    """

    method: str
    target: str
    headers: Headers = ()
    scheme: str = "http"
    authority: str = ""
    protocol: str = ""


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """A response's status and headers. `version` is "1.0", "1.1" or "2"; `reason` is empty in HTTP/2."""

    status: int
    reason: str = ""
    version: str
    headers: Headers = ()


def header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """The first value of a field, whatever its case; None where there is none."""
    name = name.lower()
    for field, value in headers:
        if field.lower() == name:
            return value
    return None


def headers_all(headers: Iterable[tuple[str, str]], name: str) -> list[str]:
    """Every value of a field, in order."""
    name = name.lower()
    return [value for field, value in headers if field.lower() == name]


def tokens(headers: Iterable[tuple[str, str]], name: str) -> list[str]:
    """The members of a list field such as Connection or Upgrade, in lower case (RFC 9110 §5.6.1)."""
    found: list[str] = []
    for value in headers_all(headers, name):
        found += [token for part in value.lower().split(",") if (token := part.strip(" \t"))]
    return found
