"""SFTP's requests and what a tree of files answers: rights, and records of what was done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from netloom.accounts import Right
from netloom.contents import NotFound
from netloom.contents.files import join
from netloom.protocols.sftp.handles import HANDLES, Handles, Listing, Reading, Refused
from netloom.protocols.sftp.shown import attributes_of, being_written, name_of
from netloom.protocols.sftp.upload import Upload
from netloom.wire.sftp import codes, packets
from netloom.wire.sftp.attributes import Attributes
from netloom.wire.sftp.packets import Limits, Name

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.contents.files import Entry, Files
    from netloom.links.context import Context

LIMITS = Limits(packets.PACKET_LIMIT, 255 * 1024, 255 * 1024, HANDLES)
_AT_ONCE = 100  # names of a listing in one answer
_VERBS = {
    codes.OPEN: "GET", codes.OPENDIR: "LIST", codes.REMOVE: "DELETE", codes.RMDIR: "DELETE", codes.MKDIR: "MKDIR",
    codes.RENAME: "RENAME", codes.SETSTAT: "SETSTAT",
}  # fmt: skip

_Status = tuple[int, int, bytes, bytes]
_OK: _Status = (codes.STATUS, codes.OK, b"", b"")


class Answers:
    """What is done in one session. Everything raises Refused, and what contents raise."""

    def __init__(self, files: Files, context: Context, user: str, rights: frozenset[Right]) -> None:
        self.handles = Handles(context, user, files.limits.listing)
        self._files = files
        self._context = context
        self._user = user
        self._rights = rights

    def refused(self, kind: int, values: tuple[Any, ...], code: int) -> None:
        """Record a request that was refused, where it would be recorded otherwise."""
        verb = _VERBS.get(kind)
        if verb is None:
            return
        if kind == codes.OPEN and values[1] & codes.FOR_WRITING:
            verb = "PUT"
        paths = [value.decode("utf-8", "replace") for value in values if isinstance(value, bytes)]
        self._record(verb, " ".join(paths), codes.STATUSES[code])

    # Files

    async def _open(self, name: bytes, flags: int, _: Attributes) -> tuple[int, bytes]:
        path = _path(name)
        if not flags & (codes.FOR_WRITING | codes.FOR_READING):
            raise Refused(codes.FAILURE, "to be opened for nothing")
        if flags & codes.FOR_READING:
            self._may(Right.READ)
        if flags & codes.FOR_WRITING:
            return codes.HANDLE, self.handles.hold(await self._upload(path, flags))
        self.handles.room()
        return codes.HANDLE, self.handles.hold(Reading(self._files, path, await self._files.handle(path)))

    async def _upload(self, path: str, flags: int) -> Upload:
        self._may(Right.WRITE)
        self.handles.room()
        try:
            entry: Entry | None = await self._files.stat(path)
        except NotFound:
            entry = None
        if entry is not None and entry.kind == "directory":
            raise Refused(codes.FAILURE, f"{entry.path} is a directory")
        if entry is None and not flags & codes.CREATE and not await self._files.partial(path):
            raise Refused(codes.NO_SUCH_FILE, f"there is no {path}")
        if entry is not None and flags & codes.CREATE and flags & codes.EXCLUSIVE:
            raise Refused(codes.FAILURE, f"{path} is there already")
        return Upload(self._files, path, flags, entry, self.handles.ahead)

    async def _close(self, handle: bytes) -> _Status:
        await self.handles.close(handle)
        return _OK

    async def _read(self, handle: bytes, offset: int, size: int) -> tuple[int, bytes]:
        held = self.handles.get(handle, object, "")
        size = min(size, LIMITS.read)
        if isinstance(held, Upload) and held.reads:
            data = await held.read(offset, size)
        elif not isinstance(held, Reading):
            raise Refused(codes.FAILURE, "it wasn't opened for reading")
        else:
            data = await held.file.whole(offset, offset + size) if offset < held.entry.size else b""
            held.size += len(data)
        if not data:
            raise Refused(codes.EOF, "end of file")
        return codes.DATA, data

    async def _write(self, handle: bytes, offset: int, data: bytes) -> _Status:
        await self._written(handle).write(offset, data)
        return _OK

    # What is known of them

    async def _stat(self, name: bytes) -> tuple[int, Attributes]:
        try:
            return await self._lstat(name)
        except NotFound:
            # Of an upload that broke off, those who may go on with it see how much came.
            kept = await self._files.partial(_path(name)) if Right.WRITE in self._rights else 0
            if not kept:
                raise
            return codes.ATTRS, being_written(kept)

    async def _lstat(self, name: bytes) -> tuple[int, Attributes]:
        self._may(Right.READ)
        path = _path(name)
        try:
            return codes.ATTRS, self._described(await self._files.stat(path))
        except NotFound:
            upload = self.handles.upload(path)  # who writes it looks whether it is there
            if upload is None:
                raise
            return codes.ATTRS, being_written(upload.length)

    async def _fstat(self, handle: bytes) -> tuple[int, Attributes]:
        held = self.handles.get(handle, object, "")
        if isinstance(held, Upload):
            return codes.ATTRS, being_written(held.length)
        if isinstance(held, Reading):
            return codes.ATTRS, self._described(held.entry)
        assert isinstance(held, Listing)  # noqa: S101  # the third of three
        return codes.ATTRS, self._described(await self._files.stat(held.path))

    async def _setstat(self, name: bytes, attributes: Attributes) -> _Status:
        self._may(Right.WRITE)
        path = _path(name)
        entry = await self._files.stat(path)
        self._settable(attributes, self._described(entry))
        if attributes.size not in (None, entry.size):
            if entry.kind == "directory":
                raise Refused(codes.FAILURE, f"{path} is a directory")
            upload = Upload(self._files, path, codes.FOR_WRITING, entry, self.handles.ahead)
            await upload.truncate(attributes.size or 0)
            await upload.close()
            self._record("TRUNCATE", path, "ok")
        return _OK

    async def _fsetstat(self, handle: bytes, attributes: Attributes) -> _Status:
        upload = self._written(handle)
        self._settable(attributes, being_written(upload.length))
        if attributes.size not in (None, upload.length):
            await upload.truncate(attributes.size or 0)
        return _OK

    def _settable(self, attributes: Attributes, shown: Attributes) -> None:
        """A tree of files has no owners, modes and times of its own to be set: that is said, and not passed over."""
        mode = attributes.permissions
        same = (
            attributes.owner is None
            and not attributes.extended
            and attributes.times in (None, shown.times)
            and (mode is None or (mode ^ (shown.permissions or 0)) & 0o7777 == 0)
        )
        if not same:
            raise Refused(codes.OP_UNSUPPORTED, "owners, modes and times can't be set here")

    async def _real(self, name: bytes) -> tuple[int, tuple[Name, ...]]:
        encoded = _path(name).encode("utf-8", "surrogateescape")
        return codes.NAME, (Name(encoded, encoded, Attributes()),)

    # Directories, and what changes the tree

    async def _opendir(self, name: bytes) -> tuple[int, bytes]:
        self._may(Right.READ)
        self.handles.room()
        path, started = _path(name), time.time()
        entries = await self._files.list(path)
        handle = self.handles.hold(Listing(path, entries))
        self._record("LIST", path, "ok", len(entries), started)
        return codes.HANDLE, handle

    async def _readdir(self, handle: bytes) -> tuple[int, tuple[Name, ...]]:
        held = self.handles.get(handle, Listing, "it is no directory")
        entries = held.entries[held.at : held.at + _AT_ONCE]
        if not entries:
            raise Refused(codes.EOF, "end of the listing")
        held.at += len(entries)
        return codes.NAME, tuple(name_of(entry, self._described(entry)) for entry in entries)

    async def _remove(self, name: bytes) -> _Status:
        return await self._delete(name, "file")

    async def _rmdir(self, name: bytes) -> _Status:
        return await self._delete(name, "directory")

    async def _delete(self, name: bytes, kind: str) -> _Status:
        self._may(Right.WRITE)
        path = _path(name)
        if (await self._files.stat(path)).kind != kind:
            raise Refused(codes.FAILURE, f"{path} is {'a directory' if kind == 'file' else 'no directory'}")
        await self._files.delete(path)
        self._record("DELETE", path, "ok")
        return _OK

    async def _mkdir(self, name: bytes, _: Attributes) -> _Status:
        self._may(Right.WRITE)
        await self._files.make_directory(_path(name))
        self._record("MKDIR", _path(name), "ok")
        return _OK

    async def _rename(self, source: bytes, target: bytes, *, overwrite: bool = False) -> _Status:
        self._may(Right.WRITE)
        await self._files.rename(_path(source), _path(target), overwrite=overwrite)
        self._record("RENAME", f"{_path(source)} {_path(target)}", "ok")
        return _OK

    # OpenSSH's extensions

    async def _extended(self, name: bytes, rest: bytes) -> tuple[Any, ...]:
        if name == codes.LIMITS:
            return codes.EXTENDED_REPLY, packets.emit_limits(LIMITS)
        if name == codes.POSIX_RENAME:
            source, target = packets.fields(packets.Packet(codes.RENAME, 0, rest))
            return await self._rename(source, target, overwrite=True)
        if name == codes.FSYNC:
            (handle,) = packets.fields(packets.Packet(codes.CLOSE, 0, rest))
            await self._written(handle).sync()
            return _OK
        if name == codes.EXPAND_PATH:
            (path,) = packets.fields(packets.Packet(codes.REALPATH, 0, rest))
            return await self._real(path[1:] if path == b"~" or path.startswith(b"~/") else path)
        raise Refused(codes.OP_UNSUPPORTED, "this extension isn't spoken here")

    HANDLERS: dict[int, Callable[..., Any]] = {  # noqa: RUF012  # a table
        codes.OPEN: _open, codes.CLOSE: _close, codes.READ: _read, codes.WRITE: _write, codes.LSTAT: _lstat,
        codes.STAT: _stat, codes.FSTAT: _fstat, codes.SETSTAT: _setstat, codes.FSETSTAT: _fsetstat,
        codes.OPENDIR: _opendir, codes.READDIR: _readdir, codes.REMOVE: _remove, codes.MKDIR: _mkdir,
        codes.RMDIR: _rmdir, codes.REALPATH: _real, codes.RENAME: _rename, codes.EXTENDED: _extended,
    }  # fmt: skip

    # Inside

    def _may(self, right: Right) -> None:
        if right not in self._rights:
            words = "written" if right is Right.WRITE else "read"
            raise Refused(codes.PERMISSION_DENIED, f"{self._user or 'nobody'} may not: it can't be {words} here")

    def _written(self, handle: bytes) -> Upload:
        return self.handles.get(handle, Upload, "it wasn't opened for writing")

    def _described(self, entry: Entry) -> Attributes:
        return attributes_of(entry, writes=Right.WRITE in self._rights)

    def _record(self, verb: str, path: str, status: str, size: int = 0, started: float | None = None) -> None:
        self._context.access(verb, path, status=status, user=self._user, size=size, started=started)


def _path(name: bytes) -> str:
    """A path as contents have it. What isn't UTF-8 is the name of nothing."""
    try:
        return join("/", name.decode("utf-8"))
    except UnicodeDecodeError:
        raise Refused(codes.NO_SUCH_FILE, "names are UTF-8 here") from None
