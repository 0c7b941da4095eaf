"""What the clients of protocols that HTTP carries have in common: where they ask, and as whom (RFC 9110 §4.3, §7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from netloom.links.resolve import ascii_name
from netloom.registry import for_scheme
from netloom.wire.http import authentication
from netloom.wire.http.fields import parse_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.endpoint import Endpoint, Secret
    from netloom.links.http.messages import Headers

_SAFE = "!#$%&'()*+,/:;=?@[]~"
_USUAL = {"http": 80, "https": 443}


class Place(msgspec.Struct, frozen=True):
    """`scheme` is http or https; `authority` is what Host says: no user, no zone, no default port."""

    scheme: str
    authority: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


def place_of(endpoint: Endpoint) -> Place:
    """Whom an endpoint's requests go to, by what carries its scheme."""
    over = "https" if for_scheme(endpoint.scheme)[1].over == "https" else "http"
    if endpoint.socket:
        return Place(over, "localhost")
    host = f"[{endpoint.host}]" if ":" in endpoint.host else ascii_name(endpoint.host or "localhost")
    return Place(over, host if endpoint.port in (None, _USUAL[over]) else f"{host}:{endpoint.port}")


def target_of(path: str, *queries: str) -> str:
    """`path?query&query`, with what isn't ASCII percent-encoded."""
    query = "&".join(filter(None, queries))
    target = f"{path or '/'}?{query}" if query else path or "/"
    return target if target.isascii() else quote(target, safe=_SAFE)


def fields_of(lines: Sequence[str]) -> Headers:
    """`Name: value` lines as fields. Raises LocalProtocolError for what can't be sent."""
    return tuple((name, value) for name, value in map(parse_line, lines) if value is not None)


def credentials_of(endpoint: Endpoint, token: Secret | None = None) -> Headers:
    """Authorization with a bearer token, or with the endpoint's user and password (RFC 6750, RFC 7617)."""
    if token is not None:
        return (("authorization", authentication.bearer(token.reveal())),)
    if not endpoint.user:
        return ()
    password = endpoint.password.reveal() if endpoint.password is not None else ""
    return (("authorization", authentication.basic(endpoint.user, password)),)
