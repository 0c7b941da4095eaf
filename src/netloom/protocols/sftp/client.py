"""SFTP, the client's side: files and listings over one SSH connection (draft-ietf-secsh-filexfer-02)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast
from urllib.parse import unquote

from msgspec import Meta

from netloom.errors import LocalProtocolError, PeerRefused, Phase, RemoteProtocolError, Unsupported, UsageError
from netloom.links.ssh.client import Connection, connect
from netloom.links.ssh.options import SSHOptions
from netloom.protocols.sftp import commands, transfer
from netloom.protocols.sftp.dialogue import Dialogue
from netloom.records import Entry
from netloom.shapes import Reply
from netloom.wire.sftp import codes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.wire.sftp.attributes import Attributes


class SFTPOptions(SSHOptions, frozen=True, kw_only=True):
    """What SFTP can be told."""

    resume: Annotated[bool, Meta(description="put: go on where what is there ends, and leave that as it is")] = False
    exclusive: Annotated[bool, Meta(description="put: only where nothing of that name is there yet")] = False
    atomic: Annotated[
        bool, Meta(description="put: under another name beside it first, which becomes its own once all of it is there")
    ] = False
    sync: Annotated[bool, Meta(description="put: have it on the disk there before it counts as done")] = False


class Client:
    """Gets, puts and lists files, and does what else can be done with them."""

    Options = SFTPOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: SFTPOptions) -> None:
        self.dial = dial
        self.endpoint = endpoint
        self.options = options
        self.start = 0
        self.validator = ""
        self.connection: Connection | None = None
        self._dialogue: Dialogue | None = None

    async def dialogue(self) -> Dialogue:
        """The SFTP session, begun. Raises PeerRefused where the server has none."""
        if self._dialogue is None:
            if self.connection is None:
                self.connection = await connect(self.dial, self.endpoint, self.options)
            self.dial.trace.enter(Phase.REQUEST)
            stream = await self.connection.session(subsystem="sftp")
            if self.dial.trace.dialogue is not None:
                from netloom.links.tap import DialogueLayer

                DialogueLayer.under(stream, self.dial.trace.dialogue())
            dialogue = Dialogue(stream)
            await dialogue.begin()
            self._dialogue = dialogue
        self.dial.trace.enter(Phase.REQUEST)
        return self._dialogue

    async def get(self, path: str) -> Reply:
        """A file. Where `start` and `validator` are set and it is still the same file, the rest of it."""
        dialogue = await self.dialogue()
        name = _path(path)
        handle = await dialogue.open(name, codes.FOR_READING)
        found = await self._described(dialogue, handle, name)
        validator = _validator(found)
        same = bool(self.start and self.validator and self.validator == validator)
        start = self.start if same and self.start <= (found.size or 0) else 0
        dialogue.stream.enter(Phase.FIRST_BYTE)

        meta = {**commands.described(found), "start": start, "validator": validator}
        return Reply(meta, body=transfer.read(dialogue, handle, start, found.size))

    async def put(self, path: str, body: AsyncIterator[bytes]) -> Reply:
        """Write a file. Raises PeerRefused, UsageError for options that exclude each other."""
        options = self.options
        if options.resume and (options.atomic or options.exclusive):
            raise UsageError("resume goes on with the file that is there", hint="leave atomic and exclusive out")
        dialogue = await self.dialogue()
        name = _path(path)
        start, flags = 0, codes.FOR_WRITING | codes.CREATE
        if options.resume:
            start = await self._present(dialogue, name)
        else:
            flags |= codes.TRUNCATE
        if options.exclusive:
            flags |= codes.EXCLUSIVE
        if options.atomic:
            async with commands.beside(dialogue, name, overwrite=not options.exclusive) as other:
                size = await self._write(dialogue, other, flags | codes.EXCLUSIVE, body)
        else:
            size = await self._write(dialogue, name, flags, _after(body, start), start)
        return Reply({"size": size, "start": start} if start else {"size": size})

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """What is in a directory; a file is listed alone."""
        dialogue = await self.dialogue()
        name = _path(path)
        dialogue.stream.enter(Phase.FIRST_BYTE)
        found = await dialogue.stat(name)
        if found.kind != "directory":
            yield _entry(name.rpartition(b"/")[2] or name, name.rpartition(b"/")[0], found)
            return
        (handle,) = await dialogue.ask(codes.OPENDIR, name, wanted=codes.HANDLE, what=path)
        while True:
            try:
                (names,) = await dialogue.ask(codes.READDIR, handle, wanted=codes.NAME)
            except PeerRefused as error:
                if error.code != codes.EOF:
                    raise
                break
            if not names:
                raise RemoteProtocolError("no names, and no end of the listing either", rule="filexfer-02 §6.7")
            for one in names:
                if one.name not in (b".", b".."):
                    yield _entry(one.name, name, one.attributes)
        await dialogue.close(handle)

    async def run(self, command: str) -> Reply:
        """Rename, remove, make directories, and so on; a command that isn't known is refused with those that are."""
        return await commands.run(await self.dialogue(), command)

    async def close(self) -> None:
        """Say goodbye."""
        connection, self.connection, self._dialogue = self.connection, None, None
        if connection is not None:
            await connection.close()

    async def _write(
        self, dialogue: Dialogue, name: bytes, flags: int, body: AsyncIterator[bytes], start: int = 0
    ) -> int:
        """A body into a file, which is closed then; how many bytes that were."""
        handle = await dialogue.open(name, flags)
        size = await transfer.write(dialogue, handle, body, start)
        dialogue.stream.enter(Phase.FIRST_BYTE)
        if self.options.sync:
            await self._sync(dialogue, handle)
        await dialogue.close(handle, commands.text(name))
        return size

    async def _described(self, dialogue: Dialogue, handle: bytes, name: bytes) -> Attributes:
        """What is known of an open file. Not every server says so of a handle."""
        try:
            (found,) = await dialogue.ask(codes.FSTAT, handle, wanted=codes.ATTRS)
        except PeerRefused as error:
            if error.code != codes.OP_UNSUPPORTED:
                raise
            return await dialogue.stat(name)
        return cast("Attributes", found)

    async def _present(self, dialogue: Dialogue, name: bytes) -> int:
        """How much of a file is there already."""
        try:
            return (await dialogue.stat(name)).size or 0
        except PeerRefused as error:
            if error.code == codes.NO_SUCH_FILE:
                return 0
            raise

    async def _sync(self, dialogue: Dialogue, handle: bytes) -> None:
        if codes.FSYNC not in dialogue.extensions:
            raise Unsupported("this server can't be told to sync a file", hint="leave sync out")
        await dialogue.ask(codes.EXTENDED, codes.FSYNC, len(handle).to_bytes(4, "big") + handle)


def _path(path: str) -> bytes:
    """A path as the server has it: `/~/notes` is below the user's own directory, as curl has it."""
    text = unquote(path, errors="surrogateescape")
    if "\0" in text:
        raise LocalProtocolError("a path has no NUL", rule="filexfer-02 §6.2")
    if text == "/~" or text.startswith("/~/"):
        text = text[3:]
    return (text or ".").encode("utf-8", "surrogateescape")


def _validator(found: Attributes) -> str:
    """What tells that a file is the same as before."""
    if found.times is None or found.size is None:
        return ""
    return f"{found.size}-{found.times[1]}"


def _entry(name: bytes, directory: bytes, found: Attributes) -> Entry:
    shown = name.decode("utf-8", "replace")
    above = directory.decode("utf-8", "replace").rstrip("/")
    return Entry(
        name=shown,
        path=f"{above}/{shown}" if directory != b"." else shown,
        kind=found.kind,
        size=found.size if found.kind == "file" else None,
        modified=float(found.times[1]) if found.times is not None else None,
        value={"mode": commands.described(found)["mode"]} if found.permissions is not None else None,
    )


async def _after(body: AsyncIterator[bytes], start: int) -> AsyncIterator[bytes]:
    """A body without its first `start` bytes."""
    async for chunk in body:
        if start >= len(chunk):
            start -= len(chunk)
            continue
        yield chunk[start:] if start else chunk
        start = 0
