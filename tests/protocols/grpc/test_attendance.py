from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.links.http.messages import Request
from netloom.wire.grpc import coding, framing
from netloom.wire.grpc.framing import Frame
from tests.protocols.grpc.stage import CHAT, COUNT, ECHO, GRPC, SUM, framed, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

A = b"\x0a\x01a"
"""A Thread whose text is a."""


def fields(*more: tuple[str, str]) -> Any:
    return (*GRPC, *more)


class TestMessages:
    async def test_literal(self) -> None:
        async with serving() as stage:
            answered = await stage.ask(ECHO, b"\0\0\0\0\3\x0a\1a")
            assert answered.frames == [Frame(b"\x0a\1a")]
            assert answered.said == (("grpc-status", "0"),)
            assert ("content-type", "application/grpc") in answered.response.headers
        (record,) = stage.records
        assert (record.verb, record.target, record.status, record.size) == ("call", ECHO, "OK", 3)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"", "12"),  # none where one is due
            (framed(A, A), "12"),  # two
            (framed(A)[:-1], "13"),
            (b"\2\0\0\0\0", "13"),
            (framed(b"\xff"), "13"),
            (framed(b"\x0a\x01\xff"), "13"),  # no UTF-8
            (framing.emit(Frame(A, compressed=True)), "13"),  # and no grpc-encoding
            (b"\0\xff\xff\xff\xff", "8"),
        ],
        ids=["none", "two", "cut", "flag", "junk", "text", "compressed", "huge"],
    )
    async def test_what_isnt_one(self, body: bytes, code: str) -> None:
        async with serving() as stage:
            answered = await stage.ask(ECHO, body)
            assert answered.status == code
            assert not answered.frames
            assert (await stage.ask(ECHO, framed(A))).status == "0"

    async def test_the_limit(self) -> None:
        async with serving(max_size="10") as stage:
            assert (await stage.ask(ECHO, framed(b"\x0a\x08" + b"a" * 8))).status == "0"
            assert (await stage.ask(ECHO, framed(b"\x0a\x09" + b"a" * 9))).status == "8"

    @pytest.mark.parametrize("encoding", ["gzip", "deflate"])
    async def test_compressed(self, encoding: str) -> None:
        text = b"\x0a\x7f" + b"a" * 127
        body = framing.emit(coding.pack(text, encoding))
        async with serving(compress=encoding) as stage:
            answered = await stage.ask(ECHO, body, fields(("grpc-encoding", encoding)))
            assert answered.frames == [Frame(text)]  # it names nothing that it takes
            given = fields(("grpc-encoding", encoding), ("grpc-accept-encoding", "identity," + encoding))
            answered = await stage.ask(ECHO, body, given)
            assert answered.frames == [coding.pack(text, encoding)]
            assert ("grpc-encoding", encoding) in answered.response.headers

    async def test_a_bomb(self) -> None:
        body = framing.emit(coding.pack(bytes(1 << 20), "gzip"))
        async with serving(max_size="100000") as stage:
            answered = await stage.ask(ECHO, body, fields(("grpc-encoding", "gzip")))
            assert answered.status == "8"
            assert "100000" in answered.words

    async def test_streams(self) -> None:
        async with serving() as stage:
            assert (await stage.ask(CHAT, framed(A, A))).frames == [Frame(A), Frame(A)]
            assert (await stage.ask(CHAT, b"")).frames == []
            assert (await stage.ask(COUNT, framed(b"\x10\x02"))).frames == [
                Frame(b""),
                Frame(b"\x08\1"),
                Frame(b"\x08\2"),
            ]
            assert (await stage.ask(SUM, framed(b"\x08\2", b"\x08\3"))).frames[0].payload.startswith(b"\x08\2\x11")
            assert (await stage.ask(CHAT, framed(A) + b"\2\0\0\0\0")).status == "13"

    async def test_cut_anywhere(self) -> None:
        whole = framed(A, b"\x0a\x02bc", b"")

        async def pieces(at: int) -> AsyncIterator[bytes]:
            yield whole[:at]
            await asyncio.sleep(0)
            yield whole[at:]

        async with serving() as stage:
            for at in range(len(whole)):
                answered = await stage.ask(CHAT, pieces(at))
                assert [frame.payload for frame in answered.frames] == [A, b"\x0a\x02bc", b""]


async def test_a_large_reply() -> None:
    """Larger than any window, with its trailers after it."""
    text = b"\x0a\xc0\x84\x3d" + b"a" * 1_000_000
    async with serving() as stage:
        answered = await stage.ask(ECHO, framed(text))
        assert answered.frames == [Frame(text)]
        assert answered.said == (("grpc-status", "0"),)


async def test_a_large_reply_that_is_taken_slowly() -> None:
    """Flow control holds the function up, and not our memory."""
    made = 0

    async def chat(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        nonlocal made
        async for request in requests:
            for _ in range(100):
                made += 1
                yield {"text": request.text * 100_000}

    async with serving({"Chat": chat}) as stage:
        connection = await stage.connection()
        request = Request(method="POST", target=CHAT, headers=GRPC, authority="a")
        answer = await connection.request(request, framed(A))
        assert await answer.next()
        for _ in range(100):
            await asyncio.sleep(0)
        assert made < 20
        assert len(await answer.read(1 << 24)) > 9_000_000
        assert made == 100
        await connection.close()
