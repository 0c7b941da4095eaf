"""Where requests go, and where redirects lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.endpoint import Endpoint
from netloom.errors import RemoteProtocolError
from netloom.protocols.http import places

HERE = Endpoint.parse("http://ann:secret@example.org:8080/a/b?c=d#tls=never")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://h", "/"),
        ("http://h/a%20b?x=%2F", "/a%20b?x=%2F"),
        ("http://h/?q", "/?q"),
        ("http://h/ä?ö=1", "/%C3%A4?%C3%B6=1"),
    ],
)
def test_targets(url: str, target: str) -> None:
    assert places.target_of(Endpoint.parse(url)) == target


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://Example.org:80/", "example.org"),
        ("https://example.org:443/", "example.org"),
        ("https://example.org:80/", "example.org:80"),
        ("http://[::1]:81/", "[::1]:81"),
        ("http://[fe80::1%25eth0]/", "[fe80::1]"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
        ("http+unix://%2Frun%2Fx.sock/a", "localhost"),
    ],
)
def test_authorities(url: str, authority: str) -> None:
    assert places.authority_of(Endpoint.parse(url)) == authority


def test_a_path_may_bring_its_query() -> None:
    assert places.at(HERE) is HERE
    assert places.at(HERE, "/a/b") is HERE
    assert places.target_of(places.at(HERE, "/x?y=z")) == "/x?y=z"
    assert places.target_of(places.at(HERE, "x")) == "/x"


def test_a_url_shows_no_secret() -> None:
    assert places.url_of(HERE) == "http://example.org:8080/a/b?c=d"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("x", "http://example.org:8080/a/x"),
        ("/x?y", "http://example.org:8080/x?y"),
        ("?y", "http://example.org:8080/a/b?y"),
        ("//b.test/x", "http://b.test/x"),
        ("https://b.test", "https://b.test/"),
        ("http://bob:pw@b.test/x#frag", "http://b.test/x"),
        ("../../../x", "http://example.org:8080/x"),
        ("/ä b", "http://example.org:8080/%C3%A4%20b"),
        ("/a%2Fb", "http://example.org:8080/a%2Fb"),
    ],
)
def test_redirects(location: str, url: str) -> None:
    found = places.redirected(HERE, location)
    assert places.url_of(found) == url
    assert found.user == ""
    assert found.password is None


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x/", "/a\r\nX: 1", "http://[::1", "/\0"])
def test_redirects_that_lead_nowhere(location: str) -> None:
    with pytest.raises(RemoteProtocolError):
        places.redirected(HERE, location)


@given(st.text())
def test_any_location(location: str) -> None:
    try:
        found = places.redirected(HERE, location)
    except RemoteProtocolError:
        return
    assert found.scheme in ("http", "https")
    assert places.target_of(found).isascii()


def test_a_unix_socket_stays() -> None:
    here = Endpoint.parse("http+unix://%2Frun%2Fx.sock/a")
    assert places.redirected(here, "/b").socket == "/run/x.sock"
    assert places.redirected(here, "http://localhost/b").path == "/b"
    assert places.redirected(here, "http://other/b").socket == ""


def test_private_ways() -> None:
    for url, private in (
        ("http://a.test", False),
        ("https://a.test", True),
        ("http://localhost", True),
        ("http+unix://%2Fx", True),
    ):
        assert places.is_private_way(Endpoint.parse(url)) is private
