"""SFTP, the probe: what does the server speak, how large may requests be, and where does one stand there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import PeerRefused
from netloom.links.ssh import subsystem
from netloom.protocols.sftp import commands
from netloom.wire.sftp import codes

if TYPE_CHECKING:
    from netloom.protocols.sftp.client import Client
    from netloom.protocols.sftp.dialogue import Dialogue


class Facts(subsystem.Facts, kw_only=True):
    """What an SFTP probe learns. Without a way to log in it is what SSH tells: software, key, and how one may.

    `reads` and `writes` are bytes of one request, `handles` how many files may be open, where the server tells;
    `home` is where relative paths begin, `entries` how many names the first answer to a listing of it has, and
    `available` how many bytes are free there.
    """

    version: int = 0
    extensions: tuple[str, ...] = ()
    reads: int = 0
    writes: int = 0
    handles: int = 0
    home: str = ""
    entries: int | None = None
    available: int | None = None


async def probe(client: Client, facts: Facts) -> None:
    """Look without logging in, unless there is something to do it with, or nothing is needed."""
    dialogue = await subsystem.enter(client, facts)
    if dialogue is None:
        return
    await _session(dialogue, facts)
    facts.summary = _summary(facts)


async def _session(dialogue: Dialogue, facts: Facts) -> None:
    facts.version = dialogue.version.number
    facts.extensions = tuple(name.decode("ascii", "replace") for name in dialogue.extensions)
    facts.reads, facts.writes, facts.handles = dialogue.limits.read, dialogue.limits.write, dialogue.limits.handles
    facts.home = (await dialogue.names(codes.REALPATH, b"."))[0].name.decode("utf-8", "replace")
    if codes.STATVFS in dialogue.extensions:
        facts.available = (await commands.run(dialogue, "df")).value["available"]
    try:
        (handle,) = await dialogue.ask(codes.OPENDIR, b".", wanted=codes.HANDLE)
        (names,) = await dialogue.ask(codes.READDIR, handle, wanted=codes.NAME)
        facts.entries = sum(1 for one in names if one.name not in (b".", b".."))
        await dialogue.close(handle)
    except PeerRefused as error:
        facts.entries = 0 if error.code == codes.EOF else None


def _summary(facts: Facts) -> str:
    """What a specialist looks at first: version, extensions, size of requests, and where one stands."""
    size = f" · requests to {facts.reads // 1024} KiB" if facts.reads else ""
    room = f" · {facts.available / 2**30:.1f} GiB free" if facts.available is not None else ""
    return (
        f"{facts.software} · version {facts.version}, {len(facts.extensions)} extensions{size} · "
        f"{facts.user} at {facts.home}{room}"
    )
