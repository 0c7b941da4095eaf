"""FTP, the server's side of what is told about files: LIST, NLST, MLSD, MLST (RFC 959 §4.1.3, RFC 3659 §7)."""

from __future__ import annotations

import fnmatch
import re
import time
from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.contents import NotFound
from netloom.contents.files import join
from netloom.records import Entry as Listed
from netloom.wire.ftp import facts, listing, times

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence

    from netloom.contents.files import Entry
    from netloom.protocols.ftp.session import Session

_AT_ONCE = 1000
_FLAGS = re.compile(r"(?:-[A-Za-z0-9]+(?:\s+|$))+")
_WILD = re.compile(r"[*?\[]")


def path_of(argument: str, verb: str) -> str:
    """The path in an argument: clients give LIST and NLST flags of `ls`, which change nothing here."""
    return _FLAGS.sub("", argument, count=1) if verb in ("LIST", "NLST") and argument.startswith("-") else argument


async def lines(session: Session, verb: str, argument: str) -> Iterator[str]:
    """A listing's lines. Raises NotFound, Forbidden, TooLarge."""
    named = path_of(argument, verb)
    if verb == "MLSD":
        found = await session.content.list(join(session.cwd, named))
        return (mlst(session, entry, entry.name) for entry in found)
    entries, before = await _entries(session, named)
    if verb == "NLST":
        return (before + entry.name for entry in entries)
    now = time.time()
    return (listing.emit(_listed(entry, entry.name), now) for entry in entries)


async def _entries(session: Session, named: str) -> tuple[Sequence[Entry], str]:
    """What a name stands for: a directory's entries, a file, or what a pattern in its last part matches.

    With it comes what stood before the names.
    """
    path = join(session.cwd, named)
    try:
        entry = await session.content.stat(path)
    except NotFound:
        directory, slash, pattern = named.rpartition("/")
        if not _WILD.search(pattern):
            raise
        found = await session.content.list(join(session.cwd, directory + slash))
        return [entry for entry in found if fnmatch.fnmatchcase(entry.name, pattern)], directory + slash
    if entry.kind == "directory":
        before = f"{named.rstrip('/')}/" if named.strip("./") else ""
        return await session.content.list(path), before
    return [entry], named[: len(named) - len(entry.name)] if named.endswith(entry.name) else ""


async def octets(said: Iterator[str]) -> AsyncGenerator[bytes]:
    """Lines as they are sent, many at a time."""
    held: list[str] = []
    for line in said:
        held.append(line)
        if len(held) == _AT_ONCE:
            yield _octets(held)
            held = []
    if held:
        yield _octets(held)


def _octets(held: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in held).encode()


def mlst(session: Session, entry: Entry, name: str) -> str:
    """A line of MLSD or MLST."""
    return facts.emit(_facts(session, entry), name, session.facts)


def _facts(session: Session, entry: Entry) -> dict[str, str]:
    writes = session.may(Right.WRITE)
    if entry.kind == "directory":
        told, allowed = {"type": "dir"}, "el" + ("cdfmp" if writes else "")
    else:
        told, allowed = {"type": "file", "size": str(entry.size)}, "r" + ("adfw" if writes else "")
    return told | {"modify": times.emit(entry.modified), "perm": allowed, "unique": entry.etag}


def status_lines(found: Sequence[Entry]) -> list[str]:
    """What STAT tells of files, in the form of LIST."""
    now = time.time()
    return [f" {listing.emit(_listed(entry, entry.name), now)}" for entry in found]


def _listed(entry: Entry, name: str) -> Listed:
    return Listed(name=name, kind=entry.kind, size=entry.size, modified=entry.modified)


async def entries(session: Session, named: str) -> Sequence[Entry]:
    """What a name stands for, as LIST has it."""
    return (await _entries(session, named))[0]
