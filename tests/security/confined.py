"""What must not take memory, run as a program of its own that may take 64 MiB more than it has when all is imported.

`python -m tests.security.confined [BEGINNING]` prints a line of JSON for each attack: its name, and what went wrong if
anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import random
import resource
import struct
import sys
import threading
import time
import traceback
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import brotli
import zstandard

from netloom import registry
from netloom.contents.files import Files, Limits
from netloom.contents.mail import Mail
from netloom.errors import NetloomError, Status, UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run as virtual
from tests.fuzzing import mutate
from tests.security.house import AUTHORITY, House, everything, peer, record
from tests.security.parsers import PARSERS, Parser

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.links.stream import Stream

MIB = 1 << 20
ROOM = 64 * MIB
HUGE = 1_000_000_000
HOSTILE = int(os.environ.get("NETLOOM_FUZZ", "10000")) // 10
"""Inputs for each parser here; the parsers' own tests give them ten times as many, outside of any limit."""
SLOWEST = 20.0
"""Seconds of processor time for one attack: far more than any takes here."""

Attack = Callable[[], Awaitable[None]]
ATTACKS: dict[str, Attack] = {}


def attack(work: Attack) -> Attack:
    ATTACKS[work.__name__.replace("_", " ")] = work
    return work


async def got(
    said: Iterable[bytes], operation: str = "get", url: str = "http://127.0.0.1:PORT/", *args: Any, **fields: Any
) -> Any:
    """What our client makes of a server that says these bytes, whatever it is asked, and then waits."""

    async def handle(link: Stream) -> None:
        with contextlib.suppress(NetloomError):
            if url.startswith(("http", "ws")):
                await link.read_until(b"\r\n\r\n")
            for piece in said:
                await link.write(piece)
            await everything(link)

    async with peer(handle, network=MemoryNetwork()) as house:
        return await record(
            house.network, operation, url.replace("PORT", str(house.port)), *args, deadline=20.0, **fields
        )


async def gave(
    url: str, said: Iterable[bytes], *contents: Any, accounts: list[str] | None = None
) -> tuple[bytes, House]:
    """What our server says to a client that says these bytes, and then waits."""
    async with House(url, *contents, accounts=accounts or [], network=MemoryNetwork()) as house:
        stream = await house.raw()
        with contextlib.suppress(NetloomError):
            for piece in said:
                await stream.write(piece)
        async with asyncio.timeout(1000):
            return await everything(stream), house


OK = b"HTTP/1.1 200 OK\r\n"


def failed(found: Any) -> None:
    assert found.status not in (Status.SUCCESS, Status.INVALID_INPUT), (found.status, found.message)


# Announced, and never sent


@attack
async def a_content_length() -> None:
    failed(await got([OK + b"Content-Length: %d\r\n\r\nx" % HUGE], url="http://127.0.0.1:PORT/#idle=1"))


@attack
async def a_chunk() -> None:
    failed(await got([OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\nx" % HUGE], url="http://127.0.0.1:PORT/#idle=1"))


@attack
async def an_upload() -> None:
    head = b"PUT /a HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YW5uOng=\r\n"
    for framing in (b"Content-Length: %d\r\n\r\nx" % HUGE, b"Transfer-Encoding: chunked\r\n\r\n%x\r\nx" % HUGE):
        await gave("http://127.0.0.1:0", [head + framing], Files(), accounts=["ann:x"])


@attack
async def a_mail() -> None:
    hello = b"EHLO me\r\nMAIL FROM:<> SIZE=%d\r\n" % HUGE
    said, _ = await gave("smtp://127.0.0.1:0", [hello])
    assert b"\r\n552 " in said
    await gave("smtp://127.0.0.1:0", [b"EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.org>\r\nBDAT %d LAST\r\nx" % HUGE])


def ws_upgrade(link_head: bytes) -> bytes:
    from netloom.links.http.websocket_handshake import accept_key

    key = next(
        line.split(b": ")[1] for line in link_head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
    )
    shown = accept_key(key.decode())
    return (
        f"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {shown}\r\n\r\n"
    ).encode()


@attack
async def a_frame() -> None:
    hello = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    hello += b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    await gave("ws://127.0.0.1:0", [hello + b"\x82\xff" + struct.pack("!Q", HUGE) + bytes(4) + b"x"])

    async def handle(link: Stream) -> None:
        await link.write(ws_upgrade(await link.read_until(b"\r\n\r\n")) + b"\x82\x7f" + struct.pack("!Q", HUGE) + b"x")
        await everything(link)

    async with peer(handle, network=MemoryNetwork()) as house:
        failed(
            await record(house.network, "send", f"ws://127.0.0.1:{house.port}/#reply=message,idle=1", "x", deadline=5.0)
        )


@attack
async def a_frame_of_http_2() -> None:
    await gave("http://127.0.0.1:0", [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff\xff\xff\0\0\0\0\0\1" + b"x" * 1000])
    failed(await got([b"\xff\xff\xff\0\0\0\0\0\1" + b"x" * 1000], url="http://127.0.0.1:PORT/#version=2-prior"))


@attack
async def a_packet_of_ssh() -> None:
    packet = struct.pack("!I", HUGE) + b"x" * 1000
    await gave("ssh://127.0.0.1:0#host_key=none,login_grace=1", [b"SSH-2.0-eve\r\n" + packet])
    url = "ssh://ann:x@127.0.0.1:PORT#hostkey=no,config=none,agent=none"
    failed(await got([b"SSH-2.0-eve\r\n" + packet], "run", url, "true"))
    failed(await got([b"SSH-2.0-eve\r\n" + packet], "probe", url))


@attack
async def a_handshake() -> None:
    """TLS: a record of 65535 octets, a message of 16 MiB."""
    for said in (b"\x16\x03\x03\xff\xff" + b"x" * 1000, b"\x16\x03\x03\x40\0\2\xff\xff\xff\3\3" + b"x" * 16_378):
        failed(await got([said], "probe", "tls://127.0.0.1:PORT#verify=no"))
        await gave("tls://127.0.0.1:0", [said])


@attack
async def a_message_of_dns() -> None:
    await gave("dns://127.0.0.1:0", [b"\xff\xff" + b"x" * 10])
    failed(
        await got([b"\xff\xff\0\7\x80\0" + b"x" * 10], "get", "dns://127.0.0.1:PORT/example.test#transport=tcp,idle=1")
    )


# Sent, without an end


def endless(piece: bytes, total: int = 200 * MIB) -> Iterable[bytes]:
    return (piece for _ in range(total // len(piece)))


ROWS = b"y" * 100_000


@attack
async def a_line() -> None:
    for url in ("smtp://127.0.0.1:PORT", "tcp://127.0.0.1:PORT#reply=line"):
        failed(await got(endless(ROWS), "probe" if "tcp" not in url else "send", url, *(["x"] if "tcp" in url else [])))
    for url in ("http", "smtp", "dns", "ws"):
        await gave(f"{url}://127.0.0.1:0", endless(ROWS))


@attack
async def lines_before_the_version_of_ssh() -> None:
    await gave("ssh://127.0.0.1:0#host_key=none,login_grace=1", endless(ROWS))
    failed(await got(endless(ROWS), "probe", "ssh://127.0.0.1:PORT#hostkey=no,config=none"))
    failed(await got(endless(b"hello\r\n" * 10_000), "probe", "ssh://127.0.0.1:PORT#hostkey=no,config=none"))


@attack
async def a_reply_of_many_lines() -> None:
    failed(await got(endless(b"220-hello\r\n" * 10_000), "probe", "smtp://127.0.0.1:PORT"))


@attack
async def a_head() -> None:
    failed(await got((OK, *endless(b"X: y\r\n" * 10_000))))
    failed(await got((OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", *endless(b"X: y\r\n" * 10_000))))


@attack
async def the_head_of_a_proxy() -> None:
    for proxy in ("http", "socks5h"):
        url = f"tcp://elsewhere.test:1#proxy={proxy}://127.0.0.1:PORT"
        failed(
            await got(
                (b"HTTP/1.1 200 OK\r\n" if proxy == "http" else b"\5\0\5\0\0\3", *endless(b"X: y\r\n" * 10_000)),
                "send",
                url,
                "x",
            )
        )


@attack
async def a_mail_of_200_megabytes() -> None:
    mail = Mail()
    said, _ = await gave(
        "smtp://127.0.0.1:0",
        (b"EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.org>\r\nDATA\r\n", *endless(b"x" * 900 + b"\r\n")),
        mail,
    )
    assert not mail.received
    assert b"552" in said


@attack
async def an_upload_into_memory() -> None:
    files = Files(limits=Limits(total=16 * MIB))
    head = b"PUT /a HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YW5uOng=\r\nContent-Length: %d\r\n\r\n" % (100 * MIB)
    await gave("http://127.0.0.1:0", (head, *endless(ROWS, 100 * MIB)), files, accounts=["ann:x"])
    assert not await files.list("/")


@attack
async def a_body_that_nobody_wants() -> None:
    head = b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (200 * MIB)
    await gave("http://127.0.0.1:0", (head, *endless(ROWS)), Files(), accounts=["ann:x"])


@attack
async def fragments_of_a_message() -> None:
    hello = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    hello += b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    frame = b"\0\xff" + struct.pack("!Q", len(ROWS)) + bytes(4) + ROWS
    await gave("ws://127.0.0.1:0", (hello + b"\x02\x80" + bytes(4), *endless(frame)))


@attack
async def an_index_of_many_entries() -> None:
    for kind, opening, row, closing in (
        (b"application/json", b"[", b'{"name":"a","type":""},' * 1000, b'{"name":"b","type":"file"}]'),
        (b"text/html", b"<pre>", b'<a href="a">a</a>' * 1000, b"</pre>"),
        (b"application/json", b"", b"[" * 10_000, b""),
        (b"text/html", b"", b"<a>" * 10_000, b""),
        (b"text/html; charset=utf-8", "\U0001f980".encode(), b'<a href="a">a</a>' * 1000, b""),
    ):
        head = OK + b"Content-Type: " + kind + b"\r\nConnection: close\r\n\r\n" + opening

        async def handle(link: Stream, head: bytes = head, row: bytes = row, closing: bytes = closing) -> None:
            await link.read_until(b"\r\n\r\n")
            with contextlib.suppress(NetloomError):
                await link.write(head)
                for piece in endless(row, 7 * MIB if row.startswith(b"{") else 2 * MIB):
                    await link.write(piece)
                await link.write(closing)

        async with peer(handle, network=MemoryNetwork()) as house:
            from netloom.runs import Run

            listing: Run[Any] = Run.prepare(
                "list", (f"http://127.0.0.1:{house.port}/",), {"deadline": 100.0}, {"network": house.network}
            )
            count = 0
            async for _ in listing:
                count += 1
            assert count


# Bombs


def packed(coding: str, size: int) -> Iterable[bytes]:
    """Zeros, packed, as they are needed."""
    zeros = bytes(MIB)
    if coding == "br":
        packer = brotli.Compressor(quality=1)
        for _ in range(size // MIB):
            yield packer.process(zeros)
        yield packer.finish()
        return
    squeeze: Any = (
        zlib.compressobj(9, zlib.DEFLATED, 31 if coding == "gzip" else 15)
        if coding != "zstd"
        else zstandard.ZstdCompressor().compressobj()
    )
    for _ in range(size // MIB):
        yield squeeze.compress(zeros)
    yield squeeze.flush()


@attack
async def a_bomb_in_an_answer() -> None:
    for coding in ("gzip", "deflate", "br", "zstd"):
        head = OK + b"Connection: close\r\nContent-Encoding: " + coding.encode() + b"\r\n\r\n"
        found = await got((head, *packed(coding, 300 * MIB)))
        assert found.status is Status.PROTOCOL_ERROR, (coding, found.status, found.message)


@attack
async def a_window_of_zstd() -> None:
    """RFC 9659: no more than 8 MiB; a frame that announces 2 GiB, and one that uses 128 MiB."""
    head = OK + b"Content-Encoding: zstd\r\nConnection: close\r\n\r\n"
    for log in (31, 41, 27):
        frame = b"\x28\xb5\x2f\xfd\0" + bytes([(log - 10) << 3]) + b"\x03\0\x10" + b"x" + b"\x03\0\x10x" * 50
        found = await got([head + frame])
        assert found.status is Status.PROTOCOL_ERROR, (log, found.status, found.message)


@attack
async def a_large_window_of_brotli() -> None:
    """An extension that isn't in RFC 7932: 1 GiB."""
    failed(
        await got(
            [OK + b"Content-Encoding: br\r\nConnection: close\r\n\r\n" + b"\x11\x3e" + b"\0" * 1000],
            url="http://127.0.0.1:PORT/#idle=1",
        )
    )


@attack
async def a_bomb_in_a_message() -> None:
    hello = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    hello += b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = b"".join(packer.compress(bytes(MIB)) for _ in range(200)) + packer.flush(zlib.Z_SYNC_FLUSH)
    await gave("ws://127.0.0.1:0", [hello + b"\xc2\xff" + struct.pack("!Q", len(data)) + bytes(4) + data])


# What watches


def _decoders() -> None:
    for declared in registry.protocols():

        async def watch(name: str = declared.name) -> None:
            feeds: dict[str, Callable[[], Iterable[bytes]]] = {
                "a line": lambda: endless(ROWS, 70 * MIB),
                "lines": lambda: endless(b"220-a\r\n" * 1000, 300_000),
                "zeros": lambda: endless(bytes(65536), 8 * MIB),
                "lengths": lambda: endless(struct.pack("!I", HUGE) * 1000, 8 * MIB),
                "a body": lambda: (OK + b"Content-Length: %d\r\n\r\n" % HUGE, *endless(ROWS, 8 * MIB)),
                "a frame": lambda: (b"\x82\x7f" + struct.pack("!Q", HUGE), *endless(ROWS, 8 * MIB)),
                "a bomb": lambda: (OK + b"Content-Encoding: gzip\r\n\r\n", *packed("gzip", 70 * MIB)),
            }
            for feed in feeds.values():
                for sender in ("client", "server"):
                    decoder = registry.load(registry.protocol(name), "decode")()
                    for piece in feed():
                        for said in decoder.feed(sender, piece):
                            assert len(said.words) < 100_000

        ATTACKS[f"what watches {declared.name}"] = watch


_decoders()


# What parses


def _parsers() -> None:
    for known, parser in PARSERS.items():

        async def mutated(name: str = known, parser: Parser = parser) -> None:
            generator = random.Random(name)
            slowest = 0.0
            for number in range(HOSTILE):
                said = (
                    generator.randbytes(generator.randrange(80))
                    if number % 16 == 0
                    else mutate(generator, parser.samples)
                )
                before = time.perf_counter()
                try:
                    parser.parse(said)
                except NetloomError:
                    pass
                except Exception as error:
                    raise AssertionError(f"input {number}, {said!r}") from error
                slowest = max(slowest, time.perf_counter() - before)
            assert slowest < 1

        ATTACKS[f"bytes for {known}"] = mutated


_parsers()


class Complaints(logging.Handler):
    """What was logged with an exception: a MemoryError somewhere, however it was dealt with."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, MemoryError):
            self.heard.append("".join(traceback.format_exception(error)[-3:]))


def main(wanted: str) -> None:
    """Import all there is, take the measure, and be attacked by all whose names begin so."""
    complaints = Complaints()
    logging.basicConfig(handlers=[complaints], level=logging.DEBUG)
    threading.stack_size(256 * 1024)
    for declared in registry.protocols():
        for part in ("client", "serve", "probe", "decode"):
            registry.load(declared, part)
    asyncio.run(asyncio.to_thread(AUTHORITY.issue, ["localhost"]))
    for warm in ("a content length", "a frame", "a packet of ssh", "a handshake"):
        attempt(ATTACKS[warm])
    for name, work in ATTACKS.items():
        if name.startswith(wanted):
            gc.collect()
            complaints.heard.clear()
            resource.setrlimit(resource.RLIMIT_AS, (size() + ROOM, resource.RLIM_INFINITY))
            wrong = attempt(work) or "".join(complaints.heard[:1])
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            print(json.dumps({"name": name, "wrong": wrong}), flush=True)


def attempt(work: Attack) -> str:
    """What goes wrong, if anything."""
    before = time.process_time()
    on_real_time = work.__name__ in ("a_packet_of_ssh", "lines_before_the_version_of_ssh")
    try:
        (asyncio.run if on_real_time else virtual)(work())  # type: ignore[arg-type]  # coroutines, all of them
    except UsageError as error:
        return f"the test itself is wrong: {error}"
    except BaseException as error:
        return "".join(traceback.format_exception(error)[-4:])
    took = time.process_time() - before
    return f"it took {took:.1f} s" if took > SLOWEST else ""


def size() -> int:
    """Bytes of this process's address space."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
