"""One cookie: what Set-Cookie says, and whom it is for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError
from netloom.wire.http import cookies
from netloom.wire.http.cookies import Cookie, Origin

HERE = Origin(host="www.example.org", path="/a/b/c", secure=True)
PLAIN = Origin(host="www.example.org", path="/a/b/c")
NOW = 1_000_000_000.0


def parse(text: str, origin: Origin = HERE) -> Cookie | None:
    return cookies.parse(text, origin, NOW)


@given(st.text(), st.sampled_from([HERE, PLAIN, Origin(host="127.0.0.1")]))
def test_any_text_gives_a_cookie_for_its_origin_or_none(text: str, origin: Origin) -> None:
    found = parse(text, origin)
    if found is not None:
        assert cookies.domain_matches(origin.host, found.domain)
        assert "\n" not in cookies.emit([found])


def test_defaults() -> None:
    assert parse("a=b") == Cookie(name="a", value="b", domain="www.example.org", path="/a/b")


def test_attributes() -> None:
    found = parse("a = b c ; Domain=.Example.org; Path=/a; Max-Age=60; Secure; HttpOnly; SameSite=lax; Unknown")
    assert found == Cookie(
        name="a",
        value="b c",
        domain="example.org",
        path="/a",
        host_only=False,
        expires=NOW + 60,
        secure=True,
        http_only=True,
        same_site="lax",
    )


@pytest.mark.parametrize(
    ("text", "expires"),
    [
        ("a=b; Expires=Sun, 06 Nov 2016 08:49:37 GMT", NOW + cookies.AGE_LIMIT),
        ("a=b; Expires=Sun, 06 Nov 1994 08:49:37 GMT", 784111777.0),
        ("a=b; Expires=never", None),
        ("a=b; Max-Age=0", 0.0),
        ("a=b; Max-Age=-5", 0.0),
        ("a=b; Max-Age=x; Expires=Sun, 06 Nov 1994 08:49:37 GMT", 784111777.0),
        ("a=b; Max-Age=10; Expires=Sun, 06 Nov 1994 08:49:37 GMT", NOW + 10),
        ("a=b; Max-Age=" + "9" * 500, NOW + cookies.AGE_LIMIT),
    ],
)
def test_expiry(text: str, expires: float | None) -> None:
    found = parse(text)
    assert found is not None
    assert found.expires == expires


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "=",
        "a=\0",
        "a=b\r\nX: 1",
        "a=" + "b" * 4096,
        "a=b; Domain=org",
        "a=b; Domain=other.org",
        "a=b; Domain=x.www.example.org",
        "__Secure-a=b",
        "__Host-a=b; Secure; Path=/; Domain=example.org",
        "__Host-a=b; Secure; Path=/a",
        "__Host-a=b; Path=/",
        "=__Host-a=b; Secure",
    ],
)
def test_ignored(text: str) -> None:
    assert parse(text) is None


def test_prefixes_that_hold() -> None:
    assert parse("__Secure-a=b; Secure") is not None
    assert parse("__Host-a=b; Secure; Path=/") is not None


def test_a_plain_origin_sets_no_secure_cookie() -> None:
    assert parse("a=b; Secure", PLAIN) is None


def test_domains_of_addresses() -> None:
    assert parse("a=b; Domain=0.0.1", Origin(host="127.0.0.1")) is None
    found = parse("a=b; Domain=127.0.0.1", Origin(host="127.0.0.1"))
    assert found is not None


def test_whom_it_is_for() -> None:
    cookie = Cookie(name="a", value="b", domain="example.org", path="/a", host_only=False, expires=NOW + 1, secure=True)

    def is_for(host: str, path: str, *, secure: bool = True, now: float = NOW) -> bool:
        return cookies.is_for(cookie, Origin(host=host, path=path, secure=secure), now)

    assert is_for("example.org", "/a")
    assert is_for("WWW.Example.org", "/a/b")
    assert not is_for("badexample.org", "/a")
    assert not is_for("example.org", "/ab")
    assert not is_for("example.org", "/")
    assert not is_for("example.org", "/a", secure=False)
    assert not is_for("example.org", "/a", now=NOW + 2)
    only = Cookie(name="a", value="b", domain="example.org")
    assert not cookies.is_for(only, Origin(host="www.example.org"), NOW)


@pytest.mark.parametrize(
    ("path", "default"), [("/", "/"), ("", "/"), ("/a", "/"), ("/a/", "/a"), ("/a/b", "/a"), ("x/y", "/")]
)
def test_default_path(path: str, default: str) -> None:
    assert cookies.default_path(path) == default


@pytest.mark.parametrize(
    "cookie", [("a;b", "c"), ("a b", "c"), ("a=b", "c"), ("a", "b;c"), ("a", "b\r\n"), ("a\0", "b")]
)
def test_what_could_say_more_is_refused(cookie: tuple[str, str]) -> None:
    with pytest.raises(LocalProtocolError):
        cookies.check(Cookie(name=cookie[0], value=cookie[1], domain="x"))


def test_emit() -> None:
    assert cookies.emit([Cookie(name="a", value="1", domain="x"), Cookie(name="", value="2", domain="x")]) == "a=1; 2"
