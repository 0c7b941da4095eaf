"""HAR, written: another library reads it, and we do; text is text, anything else base64."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.http.har import Exchange, Request, Response, Timings
from netloom.wire.http.har.emit import TAIL, emit, head
from netloom.wire.http.har.parse import parse

EXCHANGE = Exchange(
    started=1_700_000_000_123_456_000,
    request=Request(
        method="POST",
        url="https://example.test/a?x=1&y=two%20words&z",
        fields=(("Cookie", "a=1; b=2"), ("Content-Type", "text/plain")),
        body=b"question",
        coded=8,
    ),
    response=Response(
        version="HTTP/2.0",
        status=301,
        reason="Moved",
        fields=(("location", "/b"), ("set-cookie", "c=3; Path=/; Secure"), ("content-type", "text/html")),
        body="wärp and weft".encode(),
        coded=9,
    ),
    timings=Timings(send=1.5, wait=20, receive=3),
    address="192.0.2.1",
    connection="7",
    comment="as it was",
)


def written(*exchanges: Exchange) -> bytes:
    return head("1") + b",\n".join(map(emit, exchanges)) + TAIL


def entry(exchange: Exchange) -> dict[str, Any]:
    (only,) = json.loads(written(exchange))["log"]["entries"]
    return dict(only)


def test_all_that_the_format_wants() -> None:
    made = entry(EXCHANGE)
    assert made["startedDateTime"] == "2023-11-14T22:13:20.123456+00:00"
    assert made["time"] == 24.5
    assert made["timings"] == {
        "send": 1.5, "wait": 20.0, "receive": 3.0, "blocked": -1.0, "dns": -1.0, "connect": -1.0, "ssl": -1.0,
    }  # fmt: skip
    asked, answered = made["request"], made["response"]
    assert asked["cookies"] == [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    assert asked["queryString"] == [
        {"name": "x", "value": "1"}, {"name": "y", "value": "two words"}, {"name": "z", "value": ""},
    ]  # fmt: skip
    assert asked["postData"] == {"mimeType": "text/plain", "params": [], "text": "question"}
    assert (answered["status"], answered["redirectURL"]) == (301, "/b")
    assert answered["cookies"] == [{"name": "c", "value": "3"}]
    assert answered["content"] == {"size": 14, "mimeType": "text/html", "text": "wärp and weft", "compression": 5}
    assert (made["serverIPAddress"], made["connection"], made["comment"]) == ("192.0.2.1", "7", "as it was")


def test_octets_that_are_no_text() -> None:
    content = entry(
        Exchange(
            started=0, request=Request(method="GET", url="http://h/"), response=Response(body=b"\0\xff", status=200)
        )
    )["response"]["content"]
    assert content == {"size": 2, "mimeType": "", "text": "AP8=", "encoding": "base64"}


@pytest.mark.interop
def test_another_library_reads_it() -> None:
    from haralyzer import HarParser  # type: ignore[import-untyped]

    read = HarParser(json.loads(written(EXCHANGE, EXCHANGE)))
    assert len(read.har_data["entries"]) == 2
    page = read.har_data["entries"][0]
    assert page["request"]["url"] == EXCHANGE.request.url
    assert HarParser.match_headers(page, "response", "location", "/b", False)
    assert HarParser.match_status_code(page, "301", False)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NAME = st.text("abcdefghijklmnop-", min_size=1, max_size=10)
_FIELDS = st.lists(st.tuples(_NAME, _TEXT), max_size=4).map(tuple)
_MILLISECONDS = st.integers(0, 10**6).map(float)


@given(
    st.builds(
        Exchange,
        started=st.integers(0, 4 * 10**15).map(lambda microseconds: microseconds * 1000),
        request=st.builds(
            Request, method=_NAME, url=_TEXT.map(lambda text: f"http://h/{text}"), version=_TEXT, fields=_FIELDS,
            body=st.binary(max_size=30), coded=st.integers(-1, 99),
        ),
        response=st.builds(
            Response, status=st.integers(0, 999), reason=_TEXT, version=_TEXT, fields=_FIELDS,
            body=st.binary(max_size=30), coded=st.integers(-1, 99),
        ),
        timings=st.builds(Timings, send=_MILLISECONDS, wait=_MILLISECONDS, receive=_MILLISECONDS, dns=_MILLISECONDS),
        address=_TEXT, connection=_TEXT, comment=_TEXT,
    )
)  # fmt: skip
def test_what_is_written_is_read_again(exchange: Exchange) -> None:
    assert parse(written(exchange, exchange)) == [exchange, exchange]
