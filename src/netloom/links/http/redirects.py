"""Where a redirect leads, for the clients of protocols that HTTP carries (RFC 9110 §10.2.2, §15.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from netloom.endpoint import Endpoint
from netloom.errors import PeerRefused, RemoteProtocolError, UsageError
from netloom.links.http.asking import place_of, target_of

if TYPE_CHECKING:
    from collections.abc import Mapping

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = "!#$%&'()*+,/:;=?@[]~"


def redirected(place: Endpoint, location: str, schemes: Mapping[str, str]) -> Endpoint:
    """The place that a Location names, seen from another. `schemes` are ours for http and https.

    User and password stay behind where it is another server. Raises RemoteProtocolError for nonsense, PeerRefused where
    it leaves TLS.
    """
    here = place_of(place)
    try:
        url = urlsplit(urljoin(f"{here}{target_of(place.path, place.query)}", quote(location.strip(), safe=_SAFE)))
        found = Endpoint.parse(url._replace(scheme=schemes[url.scheme], fragment="").geturl())
        if not found.host:
            raise ValueError("no host")
    except (KeyError, UsageError, ValueError):
        raise RemoteProtocolError(
            f"a redirect to {location[:200]!r}, which is no place of HTTP", rule="RFC 9110 §10.2.2"
        ) from None
    there = place_of(found)
    if here.scheme == "https" and there.scheme == "http":
        raise PeerRefused(f"a redirect from https to {found} isn't followed: it leaves TLS", code="redirects")
    if there == here:
        return place.replace(path=found.path, query=found.query)
    return found.replace(user="", password=None)
