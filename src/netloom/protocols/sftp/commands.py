"""What else can be done with files there, as commands: rename, rm, mkdir, chmod, df …"""

from __future__ import annotations

import contextlib
import secrets
import stat
from typing import TYPE_CHECKING, Any

from netloom.command_lines import understood
from netloom.errors import LocalProtocolError, NetloomError, Unsupported, UsageError
from netloom.shapes import Reply
from netloom.wire.sftp import codes, packets
from netloom.wire.sftp.attributes import Attributes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from netloom.protocols.sftp.dialogue import Dialogue


async def run(dialogue: Dialogue, command: str) -> Reply:
    """Carry out a command line. What it learns is the value. Raises UsageError, Unsupported, PeerRefused."""
    function, arguments = understood(command, _COMMANDS, "sftp")
    if any("\0" in word for word in arguments):
        raise LocalProtocolError("a path has no NUL", rule="filexfer-02 §6.2")
    value = await function(dialogue, [word.encode("utf-8", "surrogateescape") for word in arguments])
    return Reply({}, value=value)


async def _rename(dialogue: Dialogue, paths: list[bytes]) -> None:
    await dialogue.ask(codes.RENAME, *paths, what=text(paths[0]))


async def _move(dialogue: Dialogue, paths: list[bytes]) -> None:
    """Over what is there, as rename(2) does."""
    if codes.POSIX_RENAME not in dialogue.extensions:
        raise Unsupported("this server doesn't rename over what is there", hint="rename FROM TO, after rm TO")
    rest = b"".join(len(path).to_bytes(4, "big") + path for path in paths)
    await dialogue.ask(codes.EXTENDED, codes.POSIX_RENAME, rest, what=text(paths[0]))


async def _remove(dialogue: Dialogue, paths: list[bytes]) -> None:
    await dialogue.ask(codes.REMOVE, paths[0], what=text(paths[0]))


async def _make_directory(dialogue: Dialogue, paths: list[bytes]) -> None:
    await dialogue.ask(codes.MKDIR, paths[0], Attributes(), what=text(paths[0]))


async def _remove_directory(dialogue: Dialogue, paths: list[bytes]) -> None:
    await dialogue.ask(codes.RMDIR, paths[0], what=text(paths[0]))


async def _stat(dialogue: Dialogue, paths: list[bytes]) -> dict[str, Any]:
    return described(await dialogue.stat(paths[0]))


async def _lstat(dialogue: Dialogue, paths: list[bytes]) -> dict[str, Any]:
    return described(await dialogue.stat(paths[0], codes.LSTAT))


async def _real(dialogue: Dialogue, paths: list[bytes]) -> str:
    return text((await dialogue.names(codes.REALPATH, paths[0] if paths else b"."))[0].name)


async def _read_link(dialogue: Dialogue, paths: list[bytes]) -> str:
    return text((await dialogue.names(codes.READLINK, paths[0]))[0].name)


async def _link(dialogue: Dialogue, paths: list[bytes]) -> None:
    """As OpenSSH has it, and those who follow it: where it leads comes first, unlike in the draft."""
    await dialogue.ask(codes.SYMLINK, *paths, what=text(paths[1]))


async def _change_mode(dialogue: Dialogue, arguments: list[bytes]) -> None:
    try:
        mode = int(arguments[0], 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o7777:
        raise UsageError(f"a mode is octal, as in chmod 640 FILE, not {text(arguments[0])!r}")
    await dialogue.ask(codes.SETSTAT, arguments[1], Attributes(permissions=mode), what=text(arguments[1]))


async def _truncate(dialogue: Dialogue, arguments: list[bytes]) -> None:
    if not arguments[0].isdigit() or len(arguments[0]) > 18:
        raise UsageError(f"a size is a number of bytes, not {text(arguments[0])!r}")
    await dialogue.ask(codes.SETSTAT, arguments[1], Attributes(size=int(arguments[0])), what=text(arguments[1]))


async def _space(dialogue: Dialogue, paths: list[bytes]) -> dict[str, int]:
    if codes.STATVFS not in dialogue.extensions:
        raise Unsupported("this server doesn't tell how much room there is")
    path = paths[0] if paths else b"."
    rest = len(path).to_bytes(4, "big") + path
    said = await dialogue.ask(codes.EXTENDED, codes.STATVFS, rest, wanted=codes.EXTENDED_REPLY, what=text(path))
    space = packets.parse_space(said[0])
    size = space.fragment_size or space.block_size
    return {
        "total": space.blocks * size,
        "free": space.blocks_free * size,
        "available": space.blocks_available * size,
        "files": space.files,
        "files_free": space.files_free,
    }


_COMMANDS: dict[str, tuple[Callable[[Dialogue, list[bytes]], Awaitable[Any]], str]] = {
    "rename": (_rename, "rename FROM TO"),
    "mv": (_move, "mv FROM TO"),
    "rm": (_remove, "rm PATH"),
    "mkdir": (_make_directory, "mkdir PATH"),
    "rmdir": (_remove_directory, "rmdir PATH"),
    "stat": (_stat, "stat PATH"),
    "lstat": (_lstat, "lstat PATH"),
    "realpath": (_real, "realpath [PATH]"),
    "readlink": (_read_link, "readlink PATH"),
    "ln": (_link, "ln TARGET PATH"),
    "chmod": (_change_mode, "chmod MODE PATH"),
    "truncate": (_truncate, "truncate SIZE PATH"),
    "df": (_space, "df [PATH]"),
}


def described(found: Attributes) -> dict[str, Any]:
    """Attributes as plain values; what wasn't told isn't there."""
    made: dict[str, Any] = {"kind": found.kind}
    if found.size is not None:
        made["size"] = found.size
    if found.permissions is not None:
        made["mode"] = stat.filemode(found.permissions)
    if found.owner is not None:
        made["uid"], made["gid"] = found.owner
    if found.times is not None:
        made["accessed"], made["modified"] = found.times
    return made


@contextlib.asynccontextmanager
async def beside(dialogue: Dialogue, name: bytes, *, overwrite: bool) -> AsyncIterator[bytes]:
    """Another name beside a file's, which becomes the file's own at the end of the block; where the block fails, what
    was written under it is removed. Raises PeerRefused; Unsupported where the server doesn't rename over a file."""
    move = codes.POSIX_RENAME in dialogue.extensions
    if overwrite and not move:
        raise Unsupported("this server doesn't rename over what is there", hint="atomic,exclusive makes a new file")
    folder, slash, last = name.rpartition(b"/")
    other = folder + slash + b"." + last[:200] + b"." + secrets.token_hex(4).encode() + b".part"
    try:
        yield other
        await (_move if overwrite else _rename)(dialogue, [other, name])
    except Exception:
        with contextlib.suppress(NetloomError):
            await _remove(dialogue, [other])
        raise


def text(path: bytes) -> str:
    """A path for people."""
    return path.decode("utf-8", "backslashreplace")
