"""FTP, the client's side: get, put, list and run (RFC 959, RFC 3659)."""

from __future__ import annotations

import contextlib
import re
import time
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from netloom.errors import ConnectionLost, PeerRefused, RemoteProtocolError, TLSError, UsageError
from netloom.protocols.ftp import commands
from netloom.protocols.ftp.data import Data, check_end, end_writing
from netloom.protocols.ftp.dialogue import Dialogue
from netloom.protocols.ftp.options import FtpOptions
from netloom.shapes import Reply
from netloom.wire.ftp import facts, listing, text, times

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.stream import Stream
    from netloom.records import Entry

_LINE_LIMIT = 16 * 1024
_TYPE = re.compile(r";type=([aAiIdD])$")
_TOTAL = re.compile(r"total\b|[-dl].{9,} \.{1,2}$", re.IGNORECASE)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a server tells of a file before it is got: its size in bytes, when it was changed (Unix seconds)."""

    size: int | None = None
    modified: float | None = None

    @property
    def validator(self) -> str:
        """What is the same as long as the bytes are; empty where that can't be told."""
        if self.size is None or self.modified is None:
            return ""
        return f"{self.size}-{self.modified:g}" if self.modified % 1 else f"{self.size}-{self.modified:.0f}"


class Client:
    """Moves files. One dialogue is used for all. `start` and `validator` let `get` go on with a broken download."""

    Options = FtpOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: FtpOptions) -> None:
        self.endpoint = endpoint
        self.options = options
        self.start = 0
        self.validator = ""
        self._dial = dial
        self._dialogue: Dialogue | None = None

    async def begin(self, learnt: Callable[[Dialogue], None] = lambda _: None) -> Dialogue:
        """A dialogue that is logged in; `learnt` is called with it however far it came.

        Raises PeerRefused, Unauthenticated, TLSError where TLS was asked for and there is none, Blocked where a
        password would have to be said without it.
        """
        if self._dialogue is None or self._dialogue.over:
            dialogue = Dialogue(self._dial, self.endpoint, self.options, await self._dial.stream())
            try:
                await dialogue.begin()
            finally:
                learnt(dialogue)
            self._dialogue = dialogue
        if self._dialogue.busy:
            raise UsageError("a transfer is under way: read it to its end first")
        return self._dialogue

    async def get(self, path: str) -> Reply:
        """A file. Where `start` and `validator` were set, and it is still the same, the bytes from `start` on."""
        name, as_text = self._aim(path)
        dialogue = await self.begin()
        await dialogue.use("A" if as_text else "I")
        known = Known() if as_text else await self._look(dialogue, name)
        start, stop = self._part(known)
        meta = {"size": known.size, "modified": known.modified, "validator": known.validator, "start": start or None}
        if start and start == known.size:
            return Reply(_told(meta), body=b"")
        data = Data(dialogue, self.options)
        try:
            link = await data.begin("RETR", name, start)
        except PeerRefused as exc:
            if not start or self.options.range or exc.code not in (500, 501, 502, 504):
                raise
            # A server that can't begin in the middle begins at the beginning
            start = meta["start"] = 0
            data = Data(dialogue, self.options)
            link = await data.begin("RETR", name)
        expected = None if known.size is None else min(stop or known.size, known.size) - start
        body = self._body(data, link, expected, None if stop is None else stop - start)
        return Reply(_told(meta), body=_decoded(body) if as_text else body)

    async def put(self, path: str, body: AsyncIterator[bytes]) -> Reply:
        """Store a file; with `resume` what is missing of it, with `append` at the end of what is there."""
        name, as_text = self._aim(path)
        dialogue = await self.begin()
        await dialogue.use("A" if as_text else "I")
        there = 0
        if self.options.resume:
            if as_text:
                raise UsageError("resume counts bytes: type=binary")
            there = (await self._look(dialogue, name)).size or 0
        start, data = there, Data(dialogue, self.options)
        try:
            link = await data.begin("APPE" if self.options.append else "STOR", name, start)
        except PeerRefused as exc:
            if not start or exc.code not in (500, 501, 502, 504):
                raise
            data = Data(dialogue, self.options)
            link = await data.begin("APPE", name)  # a server that knows no REST adds to what is there
        sent = await self._give(data, link, _skipping(body, there), text.Encoder() if as_text else None)
        return Reply({"sent": sent, "start": start, "tls": dialogue.private})

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """A directory's entries: by MLSD, or what LIST says where the server has nothing better."""
        name, _ = self._aim(path, directory=True)
        dialogue = await self.begin()
        knows = "MLST" in await dialogue.learn()
        data = Data(dialogue, self.options)
        try:
            if not knows:
                await dialogue.use("A")
            link = await data.begin("MLSD" if knows else "LIST", name)
        except PeerRefused as exc:
            if not knows or exc.code not in (500, 502):
                raise
            knows, data = False, Data(dialogue, self.options)
            await dialogue.use("A")
            link = await data.begin("LIST", name)
        reader, base = _Reader(self.options.charset, by_facts=knows), name.rstrip("/")
        before = f"{base}/" if base or name.startswith("/") else ""
        async with aclosing(self._body(data, link, None, None)) as chunks:
            async for chunk in chunks:
                for entry in reader.feed(chunk):
                    yield msgspec.structs.replace(entry, path=before + entry.name)
        for entry in reader.finish():
            yield msgspec.structs.replace(entry, path=before + entry.name)

    async def run(self, command: str) -> Reply:
        """Rename, remove, make directories, and so on; a command that isn't known is refused with those that are."""
        return await commands.run(await self.begin(), command)

    async def close(self) -> None:
        """Say QUIT, and close."""
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            await dialogue.quit()

    # Inside

    def _aim(self, path: str, *, directory: bool = False) -> tuple[str, bool]:
        """The name that the server is told, and whether it is text.

        The path of a URL begins where one is after the login; `//etc` and `%2Fetc` begin at the root (RFC 1738 §3.2.2).
        """
        path = path or self.endpoint.path
        form = _TYPE.search(path)
        if form is not None:
            path = path[: form.start()]
        name = unquote(path.removeprefix("/"), errors="surrogateescape")
        if not name and not directory:
            raise UsageError("which file? The endpoint has no path", hint="ftp://HOST/FILE")
        kind = form[1].lower() if form is not None else ""
        return name, kind == "a" or (self.options.type == "ascii" and kind != "i")

    async def _look(self, dialogue: Dialogue, name: str) -> Known:
        """SIZE and MDTM (RFC 3659 §3, §4), which a server may not know, or not of this."""
        size = modified = None
        reply = await dialogue.ask("SIZE", name)
        digits = reply.text.strip()
        if reply.code == 213 and digits.isascii() and digits.isdigit() and len(digits) <= 18:
            size = int(digits)
            reply = await dialogue.ask("MDTM", name)
            with contextlib.suppress(RemoteProtocolError):  # the file is there, whatever is said of its age
                modified = times.parse(reply.text.strip()) if reply.code == 213 else None
        return Known(size=size, modified=modified)

    def _part(self, known: Known) -> tuple[int, int | None]:
        """Where to begin, and where to stop (None: at the end)."""
        if self.options.range:
            first, _, last = self.options.range.partition("-")
            start, stop = int(first), int(last) + 1 if last else None
            if (stop is not None and stop <= start) or (known.size is not None and start >= known.size):
                raise UsageError(f"range={self.options.range} has no bytes", hint="range=0-99, or range=500-")
            return start, stop
        if self.start and self.validator and self.validator == known.validator:
            return self.start, None
        return 0, None

    async def _body(self, data: Data, link: Stream, expected: int | None, limit: int | None) -> AsyncGenerator[bytes]:
        """What comes, checked at its end. `limit` is where we have enough."""
        size = 0
        try:
            try:
                async for chunk in link:
                    size += len(chunk)
                    if limit is not None and size >= limit:
                        yield chunk[: len(chunk) - (size - limit)]
                        await data.leave()
                        return
                    yield chunk
            except (ConnectionLost, TLSError) as exc:
                await data.end_after(exc)
            await link.close()  # servers wait for TLS's goodbye before they say that it is done
            await data.end()
            check_end(link, size, expected)
        finally:
            data.abort()

    async def _give(self, data: Data, link: Stream, body: AsyncGenerator[bytes], encoder: text.Encoder | None) -> int:
        """Send a body, and hear what the server makes of it."""
        size = 0
        try:
            async with aclosing(body):
                async for chunk in body:
                    said = chunk if encoder is None else encoder.feed(chunk)
                    await link.write(said)
                    size += len(said)
            await end_writing(link)
            await data.end()
            await link.close()
        except (ConnectionLost, TLSError) as exc:
            if not data.ended:
                await data.end_after(exc)
        finally:
            data.abort()
        return size


def _told(meta: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in meta.items() if value not in (None, "")}


async def _skipping(body: AsyncIterator[bytes], count: int) -> AsyncGenerator[bytes]:
    """A body without its first bytes, which are there already. Raises UsageError where it hasn't that many."""
    left = count
    async for chunk in body:
        if len(chunk) > left:
            yield chunk[left:] if left else chunk
        left = max(0, left - len(chunk))
    if left:
        raise UsageError(f"there are {count} bytes already, which is more than is given", hint="without resume")


async def _decoded(body: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    decoder = text.Decoder()
    async with aclosing(body):
        async for chunk in body:
            yield decoder.feed(chunk)
    if held := decoder.finish():
        yield held


class _Reader:
    """A listing as it comes, to its entries."""

    def __init__(self, charset: str, *, by_facts: bool) -> None:
        self._charset = charset
        self._by_facts = by_facts
        self._held = b""
        self._found = False
        self._strange = ""

    def feed(self, data: bytes) -> list[Entry]:
        """The entries of the lines that are whole. Raises RemoteProtocolError."""
        *lines, self._held = (self._held + data).split(b"\n")
        if len(self._held) > _LINE_LIMIT or any(len(line) > _LINE_LIMIT for line in lines):
            raise RemoteProtocolError(f"a listing's line of more than {_LINE_LIMIT} bytes", rule="RFC 959 §4.1.3")
        return [entry for line in lines if (entry := self._entry(line)) is not None]

    def finish(self) -> list[Entry]:
        """What is left at the end. Raises RemoteProtocolError where there were lines, and none in a form we know."""
        entry = self._entry(self._held)
        if self._strange and not self._found:
            words = f"a listing in a form that isn't known: {self._strange[:80]!r}"
            raise RemoteProtocolError(words, rule="RFC 959 §4.1.3")
        return [entry] if entry is not None else []

    def _entry(self, said: bytes) -> Entry | None:
        line = said.removesuffix(b"\r").decode(self._charset, "backslashreplace")
        if not line:
            return None
        entry = facts.to_entry(*facts.parse(line)) if self._by_facts else listing.parse(line, time.time())
        if entry is not None:
            self._found = True
        elif not self._by_facts and not _TOTAL.match(line):
            self._strange = self._strange or line
        return entry
