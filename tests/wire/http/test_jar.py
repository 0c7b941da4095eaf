"""The jar of cookies and its file."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, UsageError
from netloom.wire.http import jar as jars
from netloom.wire.http.cookies import Cookie, Origin
from netloom.wire.http.jar import Jar

NOW = 1_000_000_000.0
HERE = Origin(host="example.org", path="/a/b", secure=True)
PLAIN = Origin(host="example.org", path="/a/b")
words = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
kept = st.builds(
    Cookie,
    name=words,
    value=words,
    domain=words,
    path=words.map(lambda word: "/" + word),
    host_only=st.booleans(),
    expires=st.none() | st.integers(int(NOW) + 1, int(NOW) + 10**6).map(float),
    secure=st.booleans(),
    http_only=st.booleans(),
)


def test_sent_back_longer_paths_first() -> None:
    jar = Jar()
    for text in ("a=1; Path=/", "b=2", "c=3; Path=/a/b", "d=4; Path=/x"):
        assert jar.take(text, HERE, NOW)
    assert jar.for_request(HERE, NOW) == "c=3; b=2; a=1"
    assert jar.for_request(Origin(host="example.org"), NOW) == "a=1"
    assert jar.for_request(Origin(host="example.com"), NOW) == ""


def test_replacing_and_deleting() -> None:
    jar = Jar()
    jar.take("a=1; Path=/", HERE, NOW)
    jar.take("b=2; Path=/", HERE, NOW)
    jar.take("a=3; Path=/", HERE, NOW)
    assert jar.for_request(HERE, NOW) == "a=3; b=2"
    jar.take("a=; Path=/; Max-Age=0", HERE, NOW)
    assert jar.for_request(HERE, NOW) == "b=2"
    jar.take("b=2; Path=/; Max-Age=10", HERE, NOW)
    assert jar.for_request(HERE, NOW + 11) == ""


def test_a_plain_origin_does_not_overlay_a_secure_cookie() -> None:
    jar = Jar()
    jar.take("a=safe; Path=/; Secure", HERE, NOW)
    assert jar.take("a=evil; Path=/", PLAIN, NOW) is None
    assert jar.take("b=fine; Path=/", PLAIN, NOW) is not None
    assert jar.for_request(HERE, NOW) == "a=safe; b=fine"


def test_bounds() -> None:
    jar = Jar(per_domain=3, total=5)
    for number in range(10):
        jar.take(f"c{number}=x; Path=/", HERE, NOW)
    assert jar.for_request(HERE, NOW) == "c7=x; c8=x; c9=x"
    for number in range(10):
        jar.take("c=x", Origin(host=f"host{number}.example"), NOW)
    assert len(jar) == 5


@given(st.lists(kept, max_size=10))
def test_a_file_is_read_again(cookies: list[Cookie]) -> None:
    jar = Jar()
    for cookie in cookies:
        jar.put(cookie, NOW)
    again = jars.parse_file(jars.emit_file(jar), NOW)
    assert list(again) == list(jar)
    assert not again.changed


def test_a_file_as_curl_writes_it() -> None:
    text = (
        "# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n\n"
        "#HttpOnly_.example.org\tTRUE\t/\tFALSE\t0\tsid\tabc\nexample.org\tFALSE\t/a\tTRUE\t2000000000\tx\ty z\n"
    )
    first, second = jars.parse_file(text, NOW)
    assert first == Cookie(name="sid", value="abc", domain="example.org", host_only=False, http_only=True)
    assert second == Cookie(name="x", value="y z", domain="example.org", path="/a", expires=2e9, secure=True)


def test_lines_that_are_none() -> None:
    for line in ("nonsense", "a\tb\tc\td\te\tf\tg", "a\tTRUE\t/\tFALSE\t0\tx"):
        with pytest.raises(UsageError, match="line 2"):
            jars.parse_file(f"{jars.HEADER}{line}\n", NOW)
    with pytest.raises(LocalProtocolError):
        jars.parse_file("h\tFALSE\t/\tFALSE\t0\ta;b\tc", NOW)


@given(st.text())
def test_any_file_raises_only_our_errors(text: str) -> None:
    with contextlib.suppress(UsageError, LocalProtocolError):
        jars.parse_file(text, NOW)
