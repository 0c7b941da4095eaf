"""Answers as replies."""

from __future__ import annotations

import pytest

from netloom.protocols.http import replies
from tests.protocols.http.stage import answer, scripted


def test_fields_by_name() -> None:
    made = replies.joined((("a", "1"), ("set-cookie", "x=1"), ("a", "2"), ("set-cookie", "y=2")))
    assert made == {"a": "1, 2", "set-cookie": "x=1\ny=2"}


def test_texts() -> None:
    def decoded(data: bytes, kind: str) -> str:
        return replies.decoded(data, (("content-type", kind),))

    assert decoded(b"\xe4", "text/plain; charset=latin-1") == "ä"
    assert decoded("ä".encode(), "text/plain") == "ä"
    assert decoded(b"\xe4", "text/plain; charset=no-such") == "\N{REPLACEMENT CHARACTER}"
    assert decoded("ä".encode("utf-16"), 'text/plain; charset="utf-16"') == "ä"


@pytest.mark.parametrize(("text", "length"), [("5", 5), ("", None), ("-1", None), ("1" * 30, None), ("٣", None)])
def test_lengths(text: str, length: int | None) -> None:
    assert replies.length_of(text) == length


@pytest.mark.parametrize(
    ("fields", "validator"),
    [
        ({"etag": '"a"'}, '"a"'),
        ({"etag": 'W/"a"', "last_modified": "Sun, 06 Nov 1994 08:49:37 GMT"}, ""),
        ({"last_modified": "Sun, 06 Nov 1994 08:49:37 GMT"}, "Sun, 06 Nov 1994 08:49:37 GMT"),
        ({}, ""),
    ],
)
async def test_validators(fields: dict[str, str], validator: str) -> None:
    async with scripted(lambda _: answer(200, b"", **fields)) as (stage, _):
        reply = await stage.client("http://a.test/").get("/")
        assert reply.meta["validator"] == validator


async def test_a_refusal_that_cannot_be_read() -> None:
    from netloom.errors import PeerRefused

    async with scripted(lambda _: answer(500, b"x", content_encoding="nonsense")) as (stage, _):
        with pytest.raises(PeerRefused) as caught:
            await stage.client("http://a.test/").get("/")
        assert "can't be read" in caught.value.text
