"""Floods, bombs and slowness: each has an end, and others are served meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import struct
import zlib
from typing import TYPE_CHECKING, Any

import brotli
import hpack
import pytest
import zstandard
from h2.errors import ErrorCodes
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.errors import NetloomError, Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run as virtual
from netloom.serving import Serving
from netloom.wire.dns.message import framed
from tests.security.house import HANG, House, elapsed, everything, peer, record, records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.links.stream import Stream
    from tests.worlds import Certificates

MIB = 1 << 20


async def is_served(house: House) -> bool:
    """Whether somebody else gets an answer from the HTTP server meanwhile."""
    stream = await house.raw()
    await stream.write(b"GET /first HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(1):
        return (await everything(stream)).startswith(b"HTTP/1.1 200")


def web(**options: Any) -> House:
    extra = ",".join(f"{name}={value}" for name, value in options.items())
    return House(f"http://127.0.0.1:0#{extra}".rstrip("#"), Files(files={"first": b"1", "large": b"x" * 5 * MIB}))


# HTTP/2 (CVE-2019-9511 to -9518, CVE-2023-44487, CVE-2024-27316 and their kin)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SettingsFrame(0).serialize()
REQUEST = [(":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", "/first")]
BLOCK = hpack.Encoder().encode(REQUEST)


def headers(number: int, block: bytes = BLOCK, *flags: str) -> bytes:
    return HeadersFrame(number, block, flags=flags or ("END_HEADERS", "END_STREAM")).serialize()


def reset(number: int) -> bytes:
    frame = RstStreamFrame(number)
    frame.error_code = 8
    return frame.serialize()


def rapid_reset() -> Iterator[bytes]:
    for number in range(1, 4001, 2):
        yield headers(number) + reset(number)


def made_reset() -> Iterator[bytes]:
    """The server is made to reset (CVE-2025-8671): a WINDOW_UPDATE of 0 on a stream that was just opened."""
    for number in range(1, 8001, 2):
        frame = headers(number, BLOCK, "END_HEADERS") + b"\0\0\4\x08\0" + struct.pack("!II", number, 0)
        yield frame


def continuation() -> Iterator[bytes]:
    yield headers(1, BLOCK, "END_STREAM")
    for _ in range(20_000):
        yield ContinuationFrame(1, hpack.Encoder().encode([("x", "y" * 100)])).serialize()


def empty_continuation() -> Iterator[bytes]:
    yield headers(1, BLOCK, "END_STREAM")
    for _ in range(20_000):
        yield ContinuationFrame(1, b"").serialize()


def settings() -> Iterator[bytes]:
    for _ in range(20_000):
        yield SettingsFrame(0, settings={3: 100}).serialize()


def pings() -> Iterator[bytes]:
    for _ in range(20_000):
        yield PingFrame(0, b"x" * 8).serialize()


def empty_data() -> Iterator[bytes]:
    yield headers(1, hpack.Encoder().encode([(":method", "PUT"), *REQUEST[1:]]), "END_HEADERS")
    for _ in range(20_000):
        yield DataFrame(1, b"").serialize()


def window_updates() -> Iterator[bytes]:
    for _ in range(20_000):
        yield WindowUpdateFrame(0, window_increment=1).serialize()


def priorities() -> Iterator[bytes]:
    for number in range(20_000):
        yield PriorityFrame(2 * number + 1, depends_on=0, stream_weight=7).serialize()


def unknown_frames() -> Iterator[bytes]:
    for _ in range(20_000):
        yield b"\0\0\0\xee\0\0\0\0\0"


def hpack_bomb() -> Iterator[bytes]:
    """A large field in the dynamic table, named again and again (CVE-2016-6581)."""
    large = hpack.Encoder()
    block = large.encode([*REQUEST, ("x", "y" * 3900)])
    again = large.encode([("x", "y" * 3900)])
    yield headers(1, block + again * 12_000)


def many_fields() -> Iterator[bytes]:
    yield headers(1, hpack.Encoder().encode([*REQUEST, *((f"x{number}", "") for number in range(3000))]))


def large_frame() -> Iterator[bytes]:
    yield b"\xff\xff\xff\x01\x05\0\0\0\1" + b"x" * 100_000


FLOODS: list[Callable[[], Iterator[bytes]]] = [
    rapid_reset, made_reset, continuation, empty_continuation, settings, pings, empty_data, window_updates, priorities,
    unknown_frames,
    hpack_bomb, large_frame,
]  # fmt: skip

ENDED_WITH = {
    continuation: ErrorCodes.PROTOCOL_ERROR,
    empty_continuation: ErrorCodes.PROTOCOL_ERROR,
    made_reset: ErrorCodes.PROTOCOL_ERROR,
    large_frame: ErrorCodes.FRAME_SIZE_ERROR,
}


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.__name__)
def test_a_flood_of_http_2_is_ended_while_others_are_served(flood: Callable[[], Iterator[bytes]]) -> None:
    async def main() -> None:
        async with web() as house:
            stream = await house.raw()
            await stream.write(PREFACE)
            sent = 0
            reading = asyncio.ensure_future(everything(stream))
            with contextlib.suppress(NetloomError):
                for number, piece in enumerate(flood()):
                    await stream.write(piece)
                    sent += 1
                    if number % 1000 == 0:
                        assert await is_served(house)
                    if reading.done():
                        break
                    await asyncio.sleep(0)
            assert await is_served(house)
            async with asyncio.timeout(10):
                said = await reading
            assert sent <= 1002, "it was let go on"
            assert goaways(said) == [ENDED_WITH.get(flood, ErrorCodes.ENHANCE_YOUR_CALM)], "it is told why, once"
            assert len(house.access) < 300

    virtual(main())


def goaways(said: bytes) -> list[int]:
    """The codes of the GOAWAYs among the frames."""
    found = []
    while len(said) >= 9:
        frame, size = Frame.parse_frame_header(memoryview(said[:9]))
        if isinstance(frame, GoAwayFrame):
            frame.parse_body(memoryview(said[9 : 9 + size]))
            found.append(frame.error_code)
        said = said[9 + size :]
    return found


def test_fields_without_end_are_refused_alone() -> None:
    async def main() -> None:
        async with web() as house:
            stream = await house.raw()
            await stream.write(PREFACE + b"".join(many_fields()))
            async with asyncio.timeout(5):
                heard = bytearray()
                while b"\x08\x03431" not in heard and not goaways(bytes(heard)):
                    heard += await stream.read()
            assert not [one for one in house.access if one.status == "200"]

    virtual(main())


@pytest.mark.parametrize("way", ["no window", "no settings", "half a preface", "half a head", "no stream"])
def test_who_only_holds_an_http_2_connection_is_let_go(way: str) -> None:
    """Also the slow reader: a window that is never opened (CVE-2019-9517)."""

    async def main() -> None:
        async with web(idle=30) as house:
            stream = await house.raw()
            large = hpack.Encoder().encode([*REQUEST[:3], (":path", "/large")])
            await stream.write({
                "no window": PREFACE + SettingsFrame(0, settings={4: 0}).serialize() + headers(1, large),
                "no settings": PREFACE[:24],
                "half a preface": PREFACE[:10],
                "half a head": PREFACE + headers(1, BLOCK, "END_STREAM"),
                "no stream": PREFACE,
            }[way])  # fmt: skip
            await everything(stream)
            assert elapsed() <= 100

    virtual(main())


# HTTP/1.1


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 100_000, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000, 431),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /" + b"a" * 200_000, 431),
        (b"A" * 200_000, 431),
        (b"\r\n" * 100_000, 431),
        (b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"y" * 200_000, 400),
        (b"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 50_000, 400),
    ],
)  # fmt: skip
def test_a_head_has_an_end(said: bytes, status: int) -> None:
    async def main() -> None:
        async with web() as house:
            stream = await house.raw()
            with contextlib.suppress(NetloomError):
                await stream.write(said)
            assert await is_served(house)
            heard = await everything(stream)
            codes = [int(part[:3]) for part in heard.split(b"HTTP/1.1 ")[1:]]
            assert status in codes or codes[-1] in (400, 403, 413, 431), heard[:100]
            assert not [one for one in house.access if one.status == "200" and one.target != "/first"]

    virtual(main())


# What slow clients do, one byte each so many seconds. Each has to be gone by its deadline, and holds up nobody.

HEAD = b"GET /first HTTP/1.1\r\nHost: x\r\n"
PUT = b"PUT /a HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YW5uOng=\r\n"
SLOW: dict[str, tuple[str, bytes, bytes, float, float]] = {
    # what is served, what is said at once, what is dripped, each so many seconds, gone after so many
    "http silent": ("http", b"", b"", 1, 61),
    "http head": ("http", HEAD, b"X: " + b"y" * 1000, 1, 25),
    "http first line": ("http", b"", b"GET /" + b"y" * 1000, 1, 25),
    "http empty lines": ("http", b"", b"\r\n" * 1000, 1, 25),
    "http body": ("http", PUT + b"Content-Length: 1000\r\n\r\n", b"y" * 1000, 1, 45),
    "http chunks": ("http", PUT + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n" * 400, 1, 60),
    "http keep-alive": ("http", HEAD + b"\r\n", b"", 1, 61),
    "ws handshake": (
        "ws", b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n", b"X: " + b"y" * 1000, 1,
        25,
    ),
    "smtp silent": ("smtp", b"", b"", 1, 70),
    "smtp command": ("smtp", b"", b"NOOP " + b"y" * 1000, 1, 70),
    "smtp after EHLO": ("smtp", b"EHLO me\r\n", b"", 1, 70),
    "smtp data": ("smtp", b"EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.org>\r\nDATA\r\n", b"y" * 1000, 1, 650),
    "smtp bdat": ("smtp", b"EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.org>\r\nBDAT 5000 LAST\r\n", b"y" * 1000, 1, 650),
    "dns silent": ("dns", b"", b"", 1, 61),
    "dns half a length": ("dns", b"\0", b"", 1, 61),
    "dns drip": ("dns", b"", b"\0\xff" + b"y" * 1000, 1, 70),
    "tls silent": ("tls", b"", b"", 1, 15),
    "tls drip": ("tls", b"", b"\x16\x03\x01\x02\x00" + b"\1" * 1000, 1, 15),
    "https drip": ("https", b"", b"\x16\x03\x01\x02\x00" + b"\1" * 1000, 1, 15),
    "smtps drip": ("smtps", b"", b"\x16\x03\x01\x02\x00" + b"\1" * 1000, 1, 15),
    "dot drip": ("dot", b"", b"\x16\x03\x01\x02\x00" + b"\1" * 1000, 1, 15),
    "doh silent": ("doh", b"", b"", 1, 15),
    "tcp silent": ("tcp", b"", b"", 1, 61),
}  # fmt: skip


@pytest.mark.parametrize(("scheme", "first", "then", "each", "bound"), SLOW.values(), ids=SLOW)
def test_the_slow_are_let_go(
    scheme: str, first: bytes, then: bytes, each: float, bound: float, certificates: Certificates
) -> None:
    async def main() -> None:
        options = f"#cert={certificates.good}" if scheme in ("tls", "https", "smtps", "dot", "doh") else ""
        accounts = ["ann:x"] if scheme == "http" else []
        async with House(f"{scheme}://127.0.0.1:0{options}", accounts=accounts) as house:
            stream = await house.raw()
            if first:
                await stream.write(first)

            async def drip() -> None:
                with contextlib.suppress(NetloomError):
                    for byte in then:
                        await asyncio.sleep(each)
                        await stream.write(bytes([byte]))

            dripping = asyncio.ensure_future(drip())
            async with asyncio.timeout(bound + 100):
                await everything(stream)
            assert elapsed() <= bound
            dripping.cancel()
            await asyncio.wait({dripping})

    virtual(main())


@pytest.mark.parametrize("scheme", ["http", "ws", "smtp", "dns", "tcp"])
async def test_so_are_they_on_real_sockets(scheme: str) -> None:
    async with asyncio.timeout(HANG), Serving([Endpoint.parse(f"{scheme}://127.0.0.1:0#idle=0.3")]) as serving:
        port = serving.endpoint.port
        silent, writer = await asyncio.open_connection("127.0.0.1", port)
        _, other = await asyncio.open_connection("127.0.0.1", port)  # somebody new comes in meanwhile
        await silent.read()
        for each in (writer, other):
            each.close()
            with contextlib.suppress(OSError):
                await each.wait_closed()


@pytest.mark.parametrize("what", ["http", "smtp", "tcp", "dns"])
def test_a_client_that_takes_nothing_is_let_go(what: str) -> None:
    """It asks, and asks, and doesn't read what it gets: what waits for it is bounded, and so is the time."""
    asked = {
        "http": b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 2000,
        "smtp": b"HELP\r\n" * 100_000,
        "tcp": b"x" * 10 * MIB,
        "dns": framed(b"\0\1\1\0\0\1\0\0\0\0\0\0\7example\4test\0\0\x10\0\1") * 20_000,
    }[what]

    async def main() -> None:
        contents = [Files(files={"large": b"x" * 5 * MIB})] if what == "http" else []
        extra = "#max_commands=1000000" if what == "smtp" else ""
        async with House(f"{what}://127.0.0.1:0{extra}", *contents) as house:
            stream = await house.raw()
            stream.transport.pause_reading()
            writing = asyncio.ensure_future(_write(stream, asked))
            await asyncio.sleep(200)
            stream.transport.resume_reading()
            async with asyncio.timeout(1):
                await everything(stream)
                await asyncio.wait({writing})

    virtual(main())


async def _write(stream: Stream, data: bytes) -> None:
    with contextlib.suppress(NetloomError):
        for at in range(0, len(data), 65536):
            await stream.write(data[at : at + 65536])


@pytest.mark.parametrize("scheme", ["http", "smtp", "tcp", "dns"])
@pytest.mark.parametrize("limit", ["limit", "limit_per_peer"])
def test_connections_beyond_the_limit_are_closed_and_make_room_again(scheme: str, limit: str) -> None:
    async def main() -> None:
        async with House(f"{scheme}://127.0.0.1:0#{limit}=4,family=4") as house:
            streams = [await house.raw() for _ in range(5)]
            assert await everything(streams[4]) == b""
            assert elapsed() < 1
            streams[0].abort()
            await asyncio.sleep(1)
            again = await house.raw()
            await asyncio.sleep(1)
            assert not again.at_eof

    virtual(main())


# Bombs in answers


def bomb(coding: str, size: int = 64 * MIB) -> bytes:
    zeros = bytes(size)
    if coding == "gzip":
        return gzip.compress(zeros, 9)
    if coding == "deflate":
        return zlib.compress(zeros, 9)
    if coding == "br":
        return bytes(brotli.compress(zeros, quality=5))
    if coding == "zstd":
        return zstandard.compress(zeros)
    return gzip.compress(gzip.compress(zeros, 9), 9)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
@pytest.mark.parametrize("chunked", [True, False])
def test_a_bomb_does_not_go_off(coding: str, chunked: bool, bombs: dict[str, bytes]) -> None:
    said = bombs[coding]
    assert len(said) * 200 < 64 * MIB

    async def handle(link: Stream) -> None:
        await link.read_until(b"\r\n\r\n")
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(said)}"
        await link.write(f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n{framing}\r\n\r\n".encode())
        with contextlib.suppress(NetloomError):
            await link.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(said), said) if chunked else said)
            await everything(link)

    async def main() -> None:
        async with peer(handle) as house:
            found = await record(house.network, "get", f"http://127.0.0.1:{house.port}/", deadline=50.0)
            assert found.status is Status.PROTOCOL_ERROR
            assert "bomb" in found.message
            assert found.size <= 64 * MIB

    virtual(main())


@pytest.fixture(scope="module")
def bombs() -> dict[str, bytes]:
    return {coding: bomb(coding) for coding in ("gzip", "deflate", "br", "zstd", "gzip, gzip")}


def test_a_record_does_not_hold_what_never_ends() -> None:
    async def handle(link: Stream) -> None:
        await link.read_until(b"\r\n\r\n")
        await link.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        with contextlib.suppress(NetloomError):
            while True:
                await link.write(bytes(MIB))

    async def main() -> None:
        async with peer(handle, network=MemoryNetwork()) as house:
            found = await record(house.network, "get", f"http://127.0.0.1:{house.port}/", deadline=50.0)
            assert found.status is Status.PROTOCOL_ERROR
            assert found.body is None

    virtual(main())


@pytest.mark.parametrize("digits", [19, 25, 5000])
def test_a_number_of_many_digits_is_no_number(digits: int) -> None:
    """Where Python refuses to read it, too: nothing else than a typed error, or a size that isn't known."""
    page = f'<a href="a">a</a> 01-Jan-2020 10:00 {"1" * digits}\n'.encode()
    rows = b'[{"name":"a","type":"file","size":%s}]' % (b"1" * digits)

    async def main() -> None:
        for kind, body in (("text/html", page), ("application/json", rows)):

            async def handle(link: Stream, kind: str = kind, body: bytes = body) -> None:
                await link.read_until(b"\r\n\r\n")
                head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
                await link.write(head.encode() + body)
                await everything(link)

            async with peer(handle) as house:
                for found in await records(house.network, "list", f"http://127.0.0.1:{house.port}/", deadline=5.0):
                    assert found.status in (Status.SUCCESS, Status.PROTOCOL_ERROR)  # type: ignore[attr-defined]  # entries
        for head in (b"Content-Length: ", b"Range: bytes=0-", b"If-None-Match: ", b"Max-Forwards: "):
            async with web() as house:
                stream = await house.raw()
                await stream.write(b"GET /first HTTP/1.1\r\nHost: x\r\n" + head + b"1" * digits + b"\r\n\r\n")
                assert (await stream.read_until(b"\r\n"))[9:12] in (b"200", b"206", b"400", b"413", b"416")

    virtual(main())


def test_codings_do_not_nest_without_end() -> None:
    async def handle(link: Stream) -> None:
        await link.read_until(b"\r\n\r\n")
        said = b"x"
        for _ in range(50):
            said = gzip.compress(said)
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {', '.join(['gzip'] * 50)}\r\nContent-Length: {len(said)}\r\n\r\n"
        await link.write(head.encode() + said)
        await everything(link)

    async def main() -> None:
        async with peer(handle) as house:
            found = await record(house.network, "get", f"http://127.0.0.1:{house.port}/", deadline=50.0)
            assert found.status is Status.PROTOCOL_ERROR

    virtual(main())
