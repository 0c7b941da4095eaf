from __future__ import annotations

import pytest

from netloom.links.http.messages import Request
from netloom.links.http.origins import may_come, permitted, shared


def asked(*origins: str, authority: str = "h", scheme: str = "http", **more: str) -> Request:
    fields = tuple(("origin", origin) for origin in origins)
    fields += tuple((name.replace("_", "-"), value) for name, value in more.items())
    return Request(method="GET", target="/", headers=fields, authority=authority, scheme=scheme)


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("http://h", True), ("http://h:80", True), ("HTTP://H", True), ("https://h", False), ("http://h:8080", False),
        ("http://evil", False), ("http://h.evil", False), ("http://evil/h", False), ("http://h@evil", False),
        ("null", False), ("", False), ("file://", False), ("http://[::1", False), ("h", False), ("http://h:x", False),
        ("http://h, http://evil", False),
    ],
)  # fmt: skip
def test_its_own_pages(origin: str, may: bool) -> None:
    assert may_come(asked(origin)) is may


def test_no_page_at_all() -> None:
    assert may_come(asked())


def test_two_are_none() -> None:
    assert not may_come(asked("http://h", "http://h"))
    assert not may_come(asked("http://h", "http://h"), ["*"])


def test_other_ports() -> None:
    assert may_come(asked("https://h:8443", authority="h:8443", scheme="https"))
    assert may_come(asked("https://h", authority="h:443", scheme="https"))
    assert not may_come(asked("https://h", authority="h:8443", scheme="https"))


def test_those_that_are_named() -> None:
    assert may_come(asked("https://a.example"), ["https://a.example"])
    assert not may_come(asked("https://b.example"), ["https://a.example"])
    assert may_come(asked("null"), ["*"])


def test_what_lets_a_page_read() -> None:
    assert shared(asked("https://a")) == ()
    assert dict(shared(asked("https://a"), ["https://a", "https://b"])) == {
        "access-control-allow-origin": "https://a",
        "access-control-allow-credentials": "true",
        "vary": "origin",
    }
    assert shared(asked("https://c"), ["https://a"]) == (("vary", "origin"),)
    assert shared(asked("https://c"), ["*"]) == (("access-control-allow-origin", "*"),), "and no credentials"
    assert shared(asked("*"), ["*"]) == (("access-control-allow-origin", "*"),)
    assert dict(shared(asked("https://a"), ["*", "https://a"]))["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize(
    ("wanted", "granted"),
    [("x-a, Last-Event-ID", "x-a, Last-Event-ID"), ("", None), ("x\r\ny: z", None), ("a b", None), ("*", "*")],
)
def test_what_a_browser_asks_before(wanted: str, granted: str | None) -> None:
    fields = dict(permitted(asked("https://a", access_control_request_headers=wanted), ["https://a"], "GET, POST"))
    assert fields["access-control-allow-methods"] == "GET, POST"
    assert fields.get("access-control-allow-headers") == granted
    assert "access-control-allow-methods" not in dict(permitted(asked("https://b"), ["https://a"], "GET"))
