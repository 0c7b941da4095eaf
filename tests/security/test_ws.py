"""WebSocket: frames and messages have limits, pages from elsewhere stay outside, and text is UTF-8."""

from __future__ import annotations

import asyncio
import base64
import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from netloom.contents.bus import Bus
from netloom.errors import Status
from netloom.links.http.websocket_handshake import accept_key
from netloom.links.virtual import run as virtual
from tests.security.house import House, elapsed, everything, peer, record

if TYPE_CHECKING:
    from netloom.links.stream import Stream

TEXT, BINARY, MORE, CLOSE, PING = 1, 2, 0, 8, 9
LIMIT = 10_000
TAIL = b"\0\0\xff\xff"


def frame(
    kind: int, payload: bytes, *, fin: bool = True, masked: bool = True, rsv: int = 0, size: int | None = None
) -> bytes:
    """A frame; `size` is what it claims."""
    length = len(payload) if size is None else size
    first = bytes([fin << 7 | rsv << 4 | kind])
    mark = masked << 7
    if length < 126:
        head = first + bytes([mark | length])
    elif length < 1 << 16:
        head = first + bytes([mark | 126]) + struct.pack("!H", length)
    else:
        head = first + bytes([mark | 127]) + struct.pack("!Q", length)
    return head + (bytes(4) if masked else b"") + payload  # a mask of zeros changes nothing


KEY = base64.b64encode(bytes(16)).decode()
HELLO = (
    "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: {KEY}\r\n"
)


async def opened(house: House, extra: str = "") -> Stream:
    stream = await house.raw()
    await stream.write((HELLO + extra + "\r\n").encode())
    head = await stream.read_until(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), head
    return stream


def closing(said: bytes) -> int:
    """The code of the Close frame among unmasked ones, 0 without one."""
    while len(said) >= 2:
        size, start = said[1] & 127, 2
        if size == 126:
            size, start = int.from_bytes(said[2:4]), 4
        if said[0] & 15 == CLOSE:
            return int.from_bytes(said[start : start + 2])
        said = said[start + size :]
    return 0


def deflated(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (packer.compress(bytes(size)) + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
ATTACKS: dict[str, tuple[bytes, int, str]] = {
    "oversized": (frame(BINARY, bytes(LIMIT + 1)), 1009, ""),
    "a length of 2^62": (frame(BINARY, bytes(LIMIT + 1), size=1 << 62), 1009, ""),
    "a length of 2^63": (frame(BINARY, b"", size=1 << 63), 1002, ""),
    "fragments without end": (frame(TEXT, b"a" * 100, fin=False) + frame(MORE, b"a" * 100, fin=False) * 200, 1009, ""),
    "a compressed bomb": (frame(BINARY, deflated(10_000_000), rsv=4), 1009, DEFLATE),
    "a compressed bomb in pieces": (
        frame(BINARY, deflated(5_000) + TAIL, rsv=4, fin=False) + frame(MORE, deflated(5_000) + TAIL, fin=False) * 50,
        1009, DEFLATE,
    ),
    "compressed, though nobody agreed": (frame(TEXT, deflated(10), rsv=4), 1002, ""),
    "no deflate": (frame(TEXT, b"\xff" * 100, rsv=4), 1007, DEFLATE),
    "no UTF-8": (frame(TEXT, b"\xff\xfe"), 1007, ""),
    "a surrogate": (frame(TEXT, b"\xed\xa0\x80"), 1007, ""),
    "half a character": (frame(TEXT, b"\xe2\x82"), 1007, ""),
    "overlong": (frame(TEXT, b"\xc0\x80"), 1007, ""),
    "no UTF-8 in the second piece": (frame(TEXT, b"ab", fin=False) + frame(MORE, b"\xff"), 1007, ""),
    "not masked": (frame(TEXT, b"hello", masked=False), 1002, ""),
    "a long PING": (frame(PING, bytes(126)), 1002, ""),
    "a PING in pieces": (frame(PING, b"", fin=False), 1002, ""),
    "a reserved bit": (frame(TEXT, b"a", rsv=1), 1002, ""),
    "a reserved kind": (frame(3, b"a"), 1002, ""),
    "a reserved control": (frame(11, b"a"), 1002, ""),
    "more of nothing": (frame(MORE, b"a"), 1002, ""),
    "another begins within": (frame(TEXT, b"a", fin=False) + frame(TEXT, b"a"), 1002, ""),
    "half a close code": (frame(CLOSE, b"\3"), 1002, ""),
    "a close code that isn't said": (frame(CLOSE, struct.pack("!H", 1005)), 1002, ""),
    "a reason that isn't UTF-8": (frame(CLOSE, struct.pack("!H", 1000) + b"\xff"), 1007, ""),
}  # fmt: skip


@pytest.mark.parametrize("pieces", ["whole", "octets"])
@pytest.mark.parametrize(("said", "code", "extra"), ATTACKS.values(), ids=ATTACKS)
def test_the_server_ends_it(said: bytes, code: int, extra: str, pieces: str) -> None:
    async def main() -> None:
        async with House(f"ws://127.0.0.1:0#max_size={LIMIT}") as house:
            stream = await opened(house, extra)
            for piece in (
                [said]
                if pieces == "whole"
                else [said[at : at + 1] for at in range(min(len(said), 3000))] + [said[3000:]]
            ):
                if stream.transport.is_closing():
                    break
                await stream.write(piece)
            found = closing(await everything(stream))
            assert found == code or (code == 1002 and found in (1002, 1009)), found
            assert elapsed() < 100

    virtual(main())


@pytest.mark.parametrize("flood", ["PING", "PONG", "empty fragments", "empty messages"])
def test_a_flood_holds_up_nobody(flood: str) -> None:
    """Somebody who doesn't read what he gets isn't read from any more; others are served."""
    kinds = {
        "PING": frame(PING, b"x" * 125),
        "PONG": frame(10, b"x"),
        "empty messages": frame(TEXT, b""),
        "empty fragments": frame(MORE, b"", fin=False),
    }

    async def main() -> None:
        async with House("ws://127.0.0.1:0") as house:
            stream = await opened(house)
            stream.transport.pause_reading()
            if flood == "empty fragments":
                await stream.write(frame(TEXT, b"", fin=False))

            async def work() -> None:
                for _ in range(2000):
                    await stream.write(kinds[flood] * 50)

            writing = asyncio.ensure_future(work())
            other = await opened(house)
            await other.write(frame(TEXT, b"hello"))
            async with asyncio.timeout(10):
                assert await other.read_exactly(7) == frame(TEXT, b"hello", masked=False)
            stream.transport.resume_reading()
            stream.abort()
            await asyncio.wait({writing})
            if not writing.cancelled():
                writing.exception()

    virtual(main())


def test_others_are_served_while_tiny_messages_are() -> None:
    """As many as a buffer holds come at once. Somebody else's message, later, is answered long before they all are."""

    async def main() -> None:
        async with House("ws://127.0.0.1:0") as house:
            busy, other = await opened(house), await opened(house)
            many = 40_000
            busy.write_soon(frame(TEXT, b"") * many)
            await other.write(frame(TEXT, b"hello"))
            assert await other.read_exactly(7) == frame(TEXT, b"hello", masked=False)
            assert len(busy.peek()) < many * 2 / 50  # an answer is two octets
            assert await busy.read_exactly(many * 2) == frame(TEXT, b"", masked=False) * many

    virtual(main())


# Who may come

ORIGINS = [
    ("http://h", True), ("http://h:80", True), ("HTTP://H", True), ("https://h", False), ("http://h:8080", False),
    ("http://evil", False),
    ("http://h.evil", False), ("http://evil/h", False), ("http://h@evil", False), ("http://evil?h", False),
    ("null", False), ("", False),
    ("file://", False), ("http://xh", False), ("http://[::1", False), ("h", False), ("http://h:x", False),
    ("http://h, http://evil", False),
]  # fmt: skip


@pytest.mark.parametrize(("origin", "may"), ORIGINS, ids=[origin or "empty" for origin, _ in ORIGINS])
def test_pages_from_elsewhere_stay_outside(origin: str, may: bool) -> None:
    async def main() -> None:
        async with House("ws://127.0.0.1:0") as house:
            stream = await house.raw()
            await stream.write(f"{HELLO}Origin: {origin}\r\n\r\n".encode())
            head = await stream.read_until(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101 " if may else b"HTTP/1.1 403 "), head

    virtual(main())


def test_two_origins_are_none() -> None:
    async def main() -> None:
        async with House("ws://127.0.0.1:0") as house:
            stream = await house.raw()
            await stream.write(f"{HELLO}Origin: http://h\r\nOrigin: http://evil\r\n\r\n".encode())
            assert (await stream.read_until(b"\r\n\r\n")).startswith(b"HTTP/1.1 403 ")

    virtual(main())


def test_those_that_were_named_come_in() -> None:
    async def main() -> None:
        async with House("ws://127.0.0.1:0#origins=https://app.example") as house:
            await opened(house, "Origin: https://app.example\r\n")

    virtual(main())


@pytest.mark.parametrize("who", ["", "Basic YW5uOnk=", "Bearer x", "Basic ZXZlOng="])
def test_nobody_publishes_without_the_right(who: str) -> None:
    async def main() -> None:
        bus = Bus()
        async with House("ws://127.0.0.1:0", bus, accounts=["ann:x"]) as house:
            stream = await house.raw()
            await stream.write(
                (HELLO + (f"Authorization: {who}\r\n" if who else "") + "\r\n").encode() + frame(TEXT, b"evil")
            )
            heard = []
            async with bus.subscribe("") as messages:
                said = await everything(stream)
                heard = [message.payload for message in _waiting(messages)]
            assert b"HTTP/1.1 401" in said or closing(said.partition(b"\r\n\r\n")[2]) == 1008
            assert b"evil" not in heard

    virtual(main())


def _waiting(messages: object) -> list:  # type: ignore[type-arg]
    return list(getattr(messages, "_queue", ()))


# The client's side: whoever answers may be anybody


def answering(said: bytes, extra: str = "", *, proof: str | None = None, status: str = "101 Switching Protocols"):  # type: ignore[no-untyped-def]
    async def handle(link: Stream) -> None:
        head = (await link.read_until(b"\r\n\r\n")).decode()
        key = next(line.split(": ")[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
        shown = accept_key(key) if proof is None else proof
        await link.write(
            f"HTTP/1.1 {status}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n".encode()
            + f"Sec-WebSocket-Accept: {shown}\r\n{extra}\r\n".encode()
            + said
        )
        await everything(link)

    return handle


HELLO_BACK = frame(TEXT, b"hello", masked=False)


@pytest.mark.parametrize(
    ("said", "extra"),
    [
        (frame(BINARY, bytes(LIMIT + 1), masked=False), ""),
        (frame(BINARY, bytes(LIMIT + 1), masked=False, size=1 << 62), ""),
        (frame(TEXT, b"a" * 100, fin=False, masked=False) + frame(MORE, b"a" * 100, fin=False, masked=False) * 200, ""),
        (frame(TEXT, b"\xff", masked=False), ""),
        (frame(TEXT, b"hello", masked=True), ""),
        (frame(BINARY, deflated(1_000_000), rsv=4, masked=False), "Sec-WebSocket-Extensions: permessage-deflate\r\n"),
        (HELLO_BACK, "Sec-WebSocket-Extensions: x-evil\r\n"),
        (HELLO_BACK, "Sec-WebSocket-Protocol: evil\r\n"),
    ],
    ids=["oversized", "2^62", "fragments", "no UTF-8", "masked", "bomb", "another extension", "another subprotocol"],
)
def test_the_client_ends_it(said: bytes, extra: str) -> None:
    async def main() -> None:
        async with peer(answering(said, extra)) as house:
            target = f"ws://127.0.0.1:{house.port}/#reply=message,max_size={LIMIT}"
            found = await record(house.network, "send", target, "hi", deadline=5.0)
            assert found.status is Status.PROTOCOL_ERROR, found.message

    virtual(main())


@pytest.mark.parametrize("proof", ["", "x", accept_key(KEY), base64.b64encode(bytes(range(20))).decode()])
def test_the_client_wants_its_key_answered(proof: str) -> None:
    async def main() -> None:
        async with peer(answering(HELLO_BACK, proof=proof)) as house:
            found = await record(
                house.network, "send", f"ws://127.0.0.1:{house.port}/#reply=message", "hi", deadline=5.0
            )
            assert found.status is Status.PROTOCOL_ERROR

    virtual(main())


def test_two_keys_are_never_the_same() -> None:
    async def main() -> None:
        async with House("ws://127.0.0.1:0") as house:
            for _ in range(20):
                await record(house.network, "send", f"ws://127.0.0.1:{house.port}/", "hi")
            keys = {line for line in house.sent.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")}
            assert len(keys) == 20

    virtual(main())


def test_frames_are_masked_and_masks_differ() -> None:
    """RFC 6455 §10.3: an intermediary mustn't be made to read what a page chose."""

    async def main() -> None:
        async with House("ws://127.0.0.1:0") as house:
            for _ in range(8):
                await record(house.network, "send", f"ws://127.0.0.1:{house.port}/#compressed=no", "GET /evil HTTP/1.1")
            assert b"GET /evil" not in house.sent

    virtual(main())
