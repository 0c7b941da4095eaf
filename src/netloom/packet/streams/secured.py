"""TLS whose secrets are there, decrypted by tshark: what was inside, as streams of their own."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from netloom.errors import CapabilityError
from netloom.packet.recording import RecordedConversation, Recording
from netloom.packet.streams.events import (
    CLIENT,
    OTHER,
    SERVER,
    Closed,
    Counts,
    Data,
    Event,
    Finished,
    Gap,
    Opened,
    Stream,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

BATCH = 50
"""Streams that one run of tshark decrypts."""
OCTETS = 1 << 30
"""What is written for tshark at most, in all."""
SECONDS = 120.0
"""How long one run may take."""
LINES = 50_000_000
"""Lines of 57 octets that one run may say."""
PROGRAM = "tshark"

_MISSING = f"TLS is decrypted by {PROGRAM}, which isn't installed"
_HELLO = re.compile(rb"\x16\x03[\0-\4]..\x01\0", re.DOTALL)
_RANDOM = slice(11, 43)  # in a TLS record that starts with a ClientHello (RFC 8446 §4.1.2)
_KEY = re.compile(rb"^[A-Z0-9_]+ ([0-9a-fA-F]{64}) [0-9a-fA-F]+[ \t\r]*$", re.MULTILINE)
_PORT = 443
_FIELD = re.compile(rb"^ *(?:- )?(peer|host|port|packet|timestamp|data): ?(.*)$")


class _Under(Struct, eq=False):
    """A stream that is under TLS: as it was seen, how it is given to tshark, and what was inside."""

    outer: Stream
    inner: Stream
    batch: int
    talk: RecordedConversation
    ended: int
    broken: dict[str, Gap] = {}
    finished: set[str] = set()
    offsets: dict[str, int] = {}


class Secured:
    """Takes events of streams that can be decrypted out of all, and gives what was inside at the end.

    `keys` gives a key log's octets as far as they are known. Where tshark is missing, and something could be decrypted,
    that is told in `failed`; where it is `needed` there's a CapabilityError at once. Use it in `with`.
    """

    def __init__(self, keys: Callable[[], bytes], *, needed: bool = False) -> None:
        self._program = shutil.which(PROGRAM)
        if self._program is None and needed:
            raise CapabilityError(_MISSING, hint="apt-get install tshark, or brew install wireshark")
        self._keys = keys
        self._known: tuple[int, frozenset[bytes]] = 0, frozenset()
        self._folder = tempfile.TemporaryDirectory(prefix="netloom-")
        self._under: dict[Stream, _Under] = {}
        self._all: list[_Under] = []
        self._recordings: list[Recording] = []
        self._octets = 0
        self.names: dict[Stream, str] = {}
        """What was spoken before TLS began, by the stream inside; tls itself is no such thing."""
        self.failed: list[str] = []
        """What couldn't be decrypted, and why."""

    def feed(self, name: str, event: Event) -> bool:
        """Whether an event on a stream of this protocol is taken."""
        under = self._under.get(event.stream)
        if under is None:
            if not isinstance(event, Data) or event.sender != CLIENT or not self._decryptable(event.data):
                return False
            under = self._begin(name, event)
        self._take(under, event)
        return True

    async def decrypted(self) -> AsyncIterator[Event]:
        """What was inside, stream by stream."""
        for recording in self._recordings:
            recording.close()
        if not self._recordings:
            return
        key_log = self._key_log()
        for batch in range(len(self._recordings)):
            under = [one for one in self._all if one.batch == batch]
            async for event in self._run(batch, under, key_log):
                yield event
            self.failed += [f"stream {one.outer.number}: its secrets don't open it" for one in under if not one.offsets]

    def _key_log(self) -> Path:
        path = Path(self._folder.name, "keys")
        path.write_bytes(self._keys())
        return path

    def close(self) -> None:
        """Remove what was written; again does nothing."""
        for recording in self._recordings:
            recording.close()
        self._folder.cleanup()

    def __enter__(self) -> Secured:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _decryptable(self, data: bytes) -> bool:
        if not _HELLO.match(data) or len(data) < _RANDOM.stop or self._octets > OCTETS:
            return False
        keys = self._keys()
        if len(keys) != self._known[0]:
            self._known = len(keys), frozenset(bytes.fromhex(found.decode()) for found in _KEY.findall(keys))
        if data[_RANDOM] not in self._known[1]:
            return False
        if self._program is None:
            self.failed = [f"the secrets of TLS are there, but {_MISSING}"]
        return self._program is not None

    def _begin(self, name: str, event: Data) -> _Under:
        number = len(self._all)
        batch, place = divmod(number, BATCH)
        if not place:
            self._recordings.append(Recording(Path(self._folder.name, f"{batch}.pcapng")))
        inner = msgspec.structs.replace(
            event.stream, inside="tls", started=event.time, counts={CLIENT: Counts(), SERVER: Counts()}
        )
        # Addresses that say which one it is, whatever the capture had
        talk = self._recordings[batch].open_conversation("tcp", (_host(1, place), 50_000), (_host(2, place), _PORT))
        under = _Under(event.stream, inner, batch, talk, event.time)
        self._under[event.stream] = under
        self._all.append(under)
        if name != "tls":
            self.names[inner] = name
        return under

    def _take(self, under: _Under, event: Event) -> None:
        under.ended = event.time
        if isinstance(event, Data) and event.sender not in under.broken:
            self._octets += len(event.data)
            if event.sender == CLIENT:
                under.talk.sent(event.data, event.time)
            else:
                under.talk.received(event.data, event.time)
        elif isinstance(event, Gap):
            under.broken.setdefault(event.sender, event)
        elif isinstance(event, Finished):
            under.finished.add(event.sender)
        elif isinstance(event, Closed):
            under.talk.close()
            del self._under[event.stream]

    async def _run(self, batch: int, under: list[_Under], key_log: Path) -> AsyncIterator[Event]:
        """One run of tshark over what was written for it."""
        # It answers the last question first
        follow = [word for place in reversed(range(len(under))) for word in ("-z", f"follow,tls,yaml,{place}")]
        options = ["-n", "-q", "-o", f"tls.keylog_file:{key_log}", *follow]
        process = await asyncio.create_subprocess_exec(
            str(self._program), "-r", Path(self._folder.name, f"{batch}.pcapng"), *options,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # Nobody's preferences and plugins
            env={**os.environ, "HOME": self._folder.name, "XDG_CONFIG_HOME": self._folder.name},
        )  # fmt: skip
        reading = _Reading({_host(2, place): one for place, one in enumerate(under)})
        lines = _lines(process, LINES)
        try:
            async for line in lines:
                for event in reading.line(line):
                    yield event
            for event in reading.end():
                yield event
            if process.returncode:
                self.failed.append(f"{PROGRAM} ended with exit status {process.returncode}")
        except TimeoutError:
            self.failed.append(f"{PROGRAM} took longer than {SECONDS:g} s, or said too much")
        finally:
            await lines.aclose()
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.communicate()  # what is left in the pipe would keep it open


async def _lines(process: asyncio.subprocess.Process, limit: int) -> AsyncGenerator[bytes, None]:
    """What a process says, up to its end. Raises TimeoutError where that takes too long, or is too much."""
    deadline = asyncio.get_running_loop().time() + SECONDS
    while process.stdout is not None:
        async with asyncio.timeout_at(deadline):
            line = await process.stdout.readline()
            if not line:
                await process.wait()
                return
        limit -= 1
        if limit < 0:
            raise TimeoutError
        yield line.rstrip(b"\r\n")


class _Reading:
    """tshark's answer, line by line: who the first peer is, then what each has said, in base64."""

    def __init__(self, by_server: dict[str, _Under]) -> None:
        self._by_server = by_server
        self._by_client = {_host(1, place): under for place, under in enumerate(by_server.values())}
        self._under: _Under | None = None
        self._first = CLIENT
        self._sender = ""
        self._time = 0
        self._text: list[bytes] = []
        self._in_data = False

    def line(self, line: bytes) -> list[Event]:
        """The next line."""
        found = _FIELD.match(line)
        if found is None:
            if line == b"peers:":
                return self.end()
            if self._in_data:
                self._text.append(line.strip())
            return []
        field, value = found[1], found[2].strip()
        given: list[Event] = []
        if field == b"packet":
            given = self._said()
        elif field == b"host" and value:
            text = value.decode("ascii", "replace")
            server, client = self._by_server.get(text), self._by_client.get(text)
            self._under, self._first = server or client or self._under, SERVER if server else CLIENT
        elif field == b"peer":
            self._sender = self._first if value == b"0" else OTHER[self._first]
        elif field == b"timestamp":
            whole, _, part = value.partition(b".")
            self._time = int(whole) * 1_000_000_000 + int(part.ljust(9, b"0")[:9])
        self._in_data = field == b"data"
        return given

    def end(self) -> list[Event]:
        """A stream's answer is over."""
        given = self._said()
        if self._under is not None and self._under.offsets:
            given += _ending(self._under)
        self._under, self._first = None, CLIENT
        return given

    def _said(self) -> list[Event]:
        text, self._text, self._in_data = b"".join(self._text), [], False
        under = self._under
        if not text or under is None:
            return []
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error:
            return []
        given: list[Event] = [] if under.offsets else [Opened(under.inner, self._time)]
        offset = under.offsets.get(self._sender, 0)
        under.offsets[self._sender] = offset + len(data)
        return [*given, Data(under.inner, self._time, self._sender, offset, data)]


def _host(side: int, place: int) -> str:
    return f"127.{side}.0.{place + 1}"


def _ending(under: _Under) -> list[Event]:
    """How a stream inside ends: as the one around it did."""
    given: list[Event] = []
    for side in (CLIENT, SERVER):
        gap = under.broken.get(side)
        if gap is not None:
            given.append(Gap(under.inner, under.ended, side, under.offsets.get(side, 0), gap.size, gap.reason))
        elif side in under.finished:
            given.append(Finished(under.inner, under.ended, side))
    return [*given, Closed(under.inner, under.ended, "capture")]
