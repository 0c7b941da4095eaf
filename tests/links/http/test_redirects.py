"""Where redirects lead: to other paths, other servers, never out of TLS, and never with somebody's password."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import PeerRefused, RemoteProtocolError
from netloom.links.http.redirects import redirected

SCHEMES = {"http": "rdap", "https": "rdaps"}
HERE = Endpoint.parse("rdaps://ann:secret@example.test/rdap/domain/x?y=1#version=1.1")


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("https://other.test/a?b=c", "rdaps://other.test/a?b=c"),
        ("//other.test:444/a", "rdaps://other.test:444/a"),
        ("https://other.test/ä b#part", "rdaps://other.test/%C3%A4%20b"),
    ],
)
def test_elsewhere(location: str, found: str) -> None:
    place = redirected(HERE, location, SCHEMES)
    assert str(place) == found
    assert not place.user
    assert place.password is None


@pytest.mark.parametrize(
    ("location", "path", "query"),
    [
        ("/other", "/other", ""), ("y", "/rdap/domain/y", ""), ("https://example.test/z?q", "/z", "q"),
        ("?q=2", "/rdap/domain/x", "q=2"), ("https:///z", "/z", ""),
    ],
)  # fmt: skip
def test_here(location: str, path: str, query: str) -> None:
    place = redirected(HERE, location, SCHEMES)
    assert (place.path, place.query, place.user) == (path, query, "ann")
    assert place.options == HERE.options


@pytest.mark.parametrize("location", ["ftp://x/", "https://x:y:z/", "https://[::/", "javascript:1", "https://a b/"])
def test_nonsense(location: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        redirected(HERE, location, SCHEMES)
    assert caught.value.rule == "RFC 9110 §10.2.2"


def test_nobody_is_no_host() -> None:
    with pytest.raises(RemoteProtocolError):
        redirected(Endpoint.parse("rdap://example.test/"), "https:///x", SCHEMES)


def test_it_stays_in_tls() -> None:
    with pytest.raises(PeerRefused, match="leaves TLS"):
        redirected(HERE, "http://example.test/", SCHEMES)
    plain = Endpoint.parse("rdap://example.test/")
    assert redirected(plain, "https://example.test/", SCHEMES).scheme == "rdaps"


def test_a_socket_stays_itself() -> None:
    place = Endpoint.parse("rdap+unix://%2Frun%2Fx.sock/a")
    found = redirected(place, "/b", SCHEMES)
    assert (found.socket, found.path) == ("/run/x.sock", "/b")
