"""HAR, read: what browsers write, too; what is none says where."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.http.har import Timings
from netloom.wire.http.har import parse as parsing
from netloom.wire.http.har.parse import parse

# As Chromium's developer tools have it: fields of its own, pseudo-headers, and -1 or null for what it doesn't know
BROWSER: dict[str, Any] = {
    "_initiator": {"type": "other"},
    "_priority": "VeryHigh",
    "cache": {},
    "connection": "443",
    "pageref": "page_1",
    "request": {
        "bodySize": 0,
        "cookies": [{"name": "a", "value": "1", "sameSite": "Lax"}],
        "headers": [{"name": ":authority", "value": "example.test"}, {"name": "accept", "value": "image/png"}],
        "headersSize": -1,
        "httpVersion": "http/2.0",
        "method": "GET",
        "queryString": [],
        "url": "https://example.test/loom.png",
    },
    "response": {
        "_error": None,
        "_transferSize": 321,
        "bodySize": -1,
        "content": {"encoding": "base64", "mimeType": "image/png", "size": 4, "text": "iVBORw=="},
        "cookies": [],
        "headers": [{"name": "content-type", "value": "image/png"}],
        "headersSize": -1,
        "httpVersion": "http/2.0",
        "redirectURL": "",
        "status": 200,
        "statusText": "",
    },
    "serverIPAddress": "[2001:db8::1]",
    "startedDateTime": "2026-10-03T08:15:23.123Z",
    "time": 50.5,
    "timings": {
        "_blocked_queueing": 1.25, "blocked": 1.5, "connect": -1, "dns": -1, "receive": 8.5, "send": 0.5, "ssl": -1,
        "wait": 40, "comment": "none",
    },
}  # fmt: skip

HEAD = BROWSER["request"] | {"method": "HEAD"}


def file(*entries: Any) -> bytes:
    log = {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "pages": []}
    return json.dumps({"log": log | {"entries": entries}}).encode()


def changed(path: str, value: Any) -> dict[str, Any]:
    made = json.loads(json.dumps(BROWSER))
    *parents, last = path.split(".")
    inner = made
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    return dict(made)


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
def test_what_a_browser_writes(before: bytes) -> None:
    first, second = parse(before + file(BROWSER, changed("response.content", {"mimeType": "x-unknown", "size": 0})))
    assert first.started == 1_791_015_323_123_000_000
    assert first.request.fields == (("accept", "image/png"),)
    assert (first.request.method, first.request.url) == ("GET", "https://example.test/loom.png")
    assert (first.response.status, first.response.body, first.response.coded) == (200, b"\x89PNG", -1)
    assert first.timings == Timings(blocked=1.5, send=0.5, wait=40, receive=8.5)
    assert first.timings.whole == 50.5
    assert second.response.body == b""


def test_sizes_that_nobody_knows() -> None:
    (found,) = parse(file(changed("response.bodySize", None)))
    assert found.response.coded == -1


@pytest.mark.parametrize(
    ("change", "bodiless"),
    [
        ({}, False),
        ({"content": {"size": 9}}, True),
        ({"content": {"size": 9, "text": ""}}, False),
        ({"content": {"size": 0}, "bodySize": 9}, True),
        ({"content": {"size": 0}, "headers": [{"name": "Content-Length", "value": "10"}]}, True),
        ({"content": {"size": 0}, "headers": [{"name": "Content-Length", "value": "0"}]}, False),
        ({"content": {"size": 0}}, False),
        ({"content": {"size": 9}, "status": 304}, False),
    ],
)
def test_bodies_that_an_archive_leaves_out(change: dict[str, Any], bodiless: bool) -> None:
    (found,) = parse(file(changed("response", BROWSER["response"] | change)))
    assert found.response.bodiless is bodiless
    (found,) = parse(file(changed("response", BROWSER["response"] | change) | {"request": HEAD}))
    assert not found.response.bodiless


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no HTTP archive"),
        (b"{}", "`log`"),
        (b"\xff\xfe{", "no HTTP archive"),
        (b"[" * 100_000, "no HTTP archive"),
        (file({}), r"entries\[0\]"),
        (file(BROWSER, changed("request.method", 5)), r"entries\[1\].request.method"),
        (file(changed("startedDateTime", "today")), r"entries\[0\].startedDateTime"),
        (file(BROWSER, changed("response.content.text", "%%%")), r"entries\[1\].response.content.text isn't base64"),
    ],
)
def test_mistakes(data: bytes, told: str) -> None:
    with pytest.raises(RemoteProtocolError, match=told):
        parse(data)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "ENTRIES_LIMIT", 1)
    with pytest.raises(RemoteProtocolError, match="2 entries"):
        parse(file(BROWSER, BROWSER))
    monkeypatch.setattr(parsing, "SIZE_LIMIT", 10)
    with pytest.raises(RemoteProtocolError, match="10 are read"):
        parse(file(BROWSER))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_PATHS = [
    "request",
    "response",
    "timings",
    "request.headers",
    "request.postData",
    "response.content",
    "startedDateTime",
]


@given(st.sampled_from(_PATHS), _JSON)
def test_whatever_stands_there(path: str, value: Any) -> None:
    with contextlib.suppress(RemoteProtocolError):
        parse(file(changed(path, value)))
