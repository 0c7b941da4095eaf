"""Where a request goes: its target, its authority, its origin, and where a redirect leads (RFC 9110 §4, §10.2.2)."""

from __future__ import annotations

import functools
import re
from urllib.parse import quote, urljoin

from netloom.endpoint import Endpoint
from netloom.errors import RemoteProtocolError, UsageError
from netloom.links.resolve import ascii_name

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAFE = "!#$%&'()*+,/:;=?@[]~"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LOCAL = ("localhost", "127.0.0.1", "::1")

Origin = tuple[str, str, int | None, str]


def at(endpoint: Endpoint, path: str = "") -> Endpoint:
    """The endpoint with another path. A path that brings its own query (`/a?b=c`) replaces the endpoint's."""
    if path and path != endpoint.path:
        bare, question, query = path.partition("?")
        endpoint = endpoint.replace(path=bare if bare.startswith("/") else "/" + bare, query=query if question else "")
    return endpoint


def scheme_of(endpoint: Endpoint) -> str:
    """`http` or `https`, also over a Unix socket."""
    return endpoint.scheme.removesuffix("+unix")


def target_of(endpoint: Endpoint) -> str:
    """The request's target: `path?query`, with what isn't ASCII percent-encoded."""
    target = f"{endpoint.path or '/'}?{endpoint.query}" if endpoint.query else endpoint.path or "/"
    return target if target.isascii() else quote(target, safe=_SAFE)


def authority_of(endpoint: Endpoint) -> str:
    """What Host says: no user, no zone, no default port (RFC 9110 §7.2)."""
    return "localhost" if endpoint.socket else _authority(endpoint.scheme, endpoint.host, endpoint.port)


@functools.lru_cache(maxsize=4096)
def _authority(scheme: str, host: str, port: int | None) -> str:
    host = f"[{host}]" if ":" in host else ascii_name(host or "localhost")
    return host if port in (None, _DEFAULT_PORTS.get(scheme)) else f"{host}:{port}"


def origin_of(endpoint: Endpoint) -> Origin:
    """Scheme, host, port and socket: credentials stay within one origin (RFC 6454)."""
    return scheme_of(endpoint), endpoint.host, endpoint.port, endpoint.socket


def url_of(endpoint: Endpoint) -> str:
    """The URL that people read: no user, no password, no options of ours."""
    return f"{scheme_of(endpoint)}://{authority_of(endpoint)}{target_of(endpoint)}"


def is_private_way(endpoint: Endpoint) -> bool:
    """Whether nobody on the way can read along: TLS, a Unix socket, this machine itself."""
    return scheme_of(endpoint) == "https" or bool(endpoint.socket) or endpoint.host in _LOCAL


def redirected(endpoint: Endpoint, location: str) -> Endpoint:
    """Where a Location field leads from here (RFC 9110 §10.2.2). Raises RemoteProtocolError for nonsense.

    Credentials in it are left out (§4.2.4); its fragment isn't ours to send.
    """
    if _CONTROL.search(location):
        raise RemoteProtocolError("a Location with control characters", rule="RFC 9110 §10.2.2")
    try:
        url = urljoin(url_of(endpoint), quote(location.strip(), safe=_SAFE))
        found = Endpoint.parse(url.partition("#")[0])
    except (UsageError, ValueError):
        raise RemoteProtocolError(
            f"a redirect to {location[:200]!r}, which is no URL", rule="RFC 9110 §10.2.2"
        ) from None
    if found.scheme not in _DEFAULT_PORTS or not found.host:
        raise RemoteProtocolError(f"a redirect to {location[:200]!r}, which isn't HTTP", rule="RFC 9110 §10.2.2")
    found = found.replace(user="", password=None, port=found.port or _DEFAULT_PORTS[found.scheme])
    here = url_of(endpoint.replace(path="/", query=""))
    if endpoint.socket and url_of(found.replace(path="/", query="")) == here:
        return endpoint.replace(path=found.path, query=found.query)  # the same server, behind the same socket
    return found.replace(
        zone=endpoint.zone if found.host == endpoint.host else "", options=endpoint.options, beside=endpoint.beside
    )
