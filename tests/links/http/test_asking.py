from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint, Secret
from netloom.errors import LocalProtocolError
from netloom.links.http.asking import credentials_of, fields_of, place_of, target_of


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("sse://h/x", "http://h"),
        ("sse://h:80/", "http://h"),
        ("sse://h:443/", "http://h:443"),
        ("sses://ann:x@h:443/", "https://h"),
        ("wss://h:8443/", "https://h:8443"),
        ("sse://[::1]:8000", "http://[::1]:8000"),
        ("sse://[fe80::1%25eth0]/", "http://[fe80::1]"),
        ("sse://bücher.example/", "http://xn--bcher-kva.example"),
        ("sse+unix://%2Frun%2Fx/a", "http://localhost"),
        ("sse://:8000/", "http://localhost:8000"),
    ],
)
def test_whom_it_asks(url: str, place: str) -> None:
    assert str(place_of(Endpoint.parse(url))) == place


def test_targets() -> None:
    assert target_of("") == "/"
    assert target_of("/a", "", "b=c", "d") == "/a?b=c&d"
    assert target_of("/ä", "ö=1") == "/%C3%A4?%C3%B6=1"


def test_fields() -> None:
    assert fields_of(["X-A: b c", "x-d:", "X-E;"]) == (("x-a", "b c"), ("x-e", ""))
    for bad in ("x", "a: b\r\nc: d", "a b: c", "a: \0"):
        with pytest.raises(LocalProtocolError):
            fields_of([bad])


def test_credentials() -> None:
    assert credentials_of(Endpoint.parse("sse://h")) == ()
    assert credentials_of(Endpoint.parse("sse://ann:secret@h")) == (("authorization", "Basic YW5uOnNlY3JldA=="),)
    assert credentials_of(Endpoint.parse("sse://ann@h"), Secret("abc")) == (("authorization", "Bearer abc"),)
