"""What else can be done with files there, as commands: rename, rm, mkdir, stat … (RFC 959 §4.1.3, RFC 3659 §7)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from netloom.command_lines import understood
from netloom.errors import RemoteProtocolError, UsageError
from netloom.protocols.ftp.dialogue import expect, refuse
from netloom.shapes import Reply
from netloom.wire.ftp import facts, replies, times

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.protocols.ftp.dialogue import Dialogue

    Command = Callable[[Dialogue, list[str]], Awaitable[object]]

_NOT_QUOTED = frozenset(
    ("RETR", "STOR", "APPE", "STOU", "LIST", "NLST", "MLSD", "PORT", "PASV", "EPRT", "EPSV", "ABOR", "REST")
) | {"USER", "PASS", "ACCT", "AUTH", "PBSZ", "PROT", "CCC", "REIN", "QUIT", "TYPE", "MODE", "STRU", "ADAT", "MIC"}
"""What needs a data connection, or changes what a dialogue counts on."""


async def run(dialogue: Dialogue, command: str) -> Reply:
    """Carry out a command line. What it learns is the value. Raises UsageError, PeerRefused, LocalProtocolError."""
    function, arguments = understood(command, _COMMANDS, "ftp")
    if not all(arguments):
        raise UsageError(f"{command!r} has an empty argument")
    return Reply({}, value=await function(dialogue, arguments))


async def _rename(dialogue: Dialogue, paths: list[str]) -> None:
    reply = await dialogue.ask("RNFR", paths[0])
    if not reply.intermediate:
        refuse(reply, f"{paths[0]} can't be renamed")
    await dialogue.done("RNTO", paths[1], f"{paths[0]} can't be renamed")


async def _remove(dialogue: Dialogue, paths: list[str]) -> None:
    await dialogue.done("DELE", paths[0], f"{paths[0]} can't be removed")


async def _make_directory(dialogue: Dialogue, paths: list[str]) -> str:
    """The path that the server says it has."""
    reply = await dialogue.done("MKD", paths[0], f"{paths[0]} can't be made")
    with contextlib.suppress(RemoteProtocolError):
        return replies.parse_quoted(reply.text)
    return paths[0]


async def _remove_directory(dialogue: Dialogue, paths: list[str]) -> None:
    await dialogue.done("RMD", paths[0], f"{paths[0]} can't be removed")


async def _change_mode(dialogue: Dialogue, arguments: list[str]) -> None:
    """No RFC has it; many servers do."""
    await dialogue.done("SITE", f"CHMOD {arguments[0]} {arguments[1]}", f"the mode of {arguments[1]} can't be set")


async def _directory(dialogue: Dialogue, _: list[str]) -> str:
    return replies.parse_quoted((await dialogue.done("PWD", "", "PWD was refused")).text)


async def _stat(dialogue: Dialogue, paths: list[str]) -> dict[str, Any]:
    """By MLST, or by SIZE and MDTM where that isn't known."""
    if "MLST" in await dialogue.learn():
        reply = await dialogue.done("MLST", paths[0], f"{paths[0]} can't be looked at")
        said, path = facts.parse(reply.lines[1].removeprefix(" ")) if len(reply.lines) == 3 else ({}, "")
        kind = said.get("type", "file").lower()
        entry = facts.to_entry(said | {"type": "dir" if kind in ("cdir", "pdir") else kind}, path)
        if not path or entry is None:
            raise RemoteProtocolError("MLST is answered by one line of facts", rule="RFC 3659 §7.2")
        found = {"path": path, "kind": entry.kind, "size": entry.size, "modified": entry.modified}
        return _told(found | (entry.value or {}))
    await dialogue.use("I")
    size = expect(await dialogue.ask("SIZE", paths[0]), f"{paths[0]} can't be looked at").text.strip()
    moment = await dialogue.ask("MDTM", paths[0])
    return _told({
        "path": paths[0], "kind": "file", "size": int(size) if size.isascii() and size.isdigit() else None,
        "modified": times.parse(moment.text.strip()) if moment.code == 213 else None,
    })  # fmt: skip


def _told(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value is not None}


async def _quote(dialogue: Dialogue, words: list[str]) -> str:
    """A command of the server's own, and what it says to it."""
    verb = words[0].upper()
    if verb in _NOT_QUOTED:
        raise UsageError(f"{verb} isn't said by itself", hint="get, put and list do that")
    reply = await dialogue.ask(verb, " ".join(words[1:]))
    dialogue.over = reply.preliminary  # what follows, and when, isn't known
    if not (reply.complete or reply.intermediate):
        refuse(reply, f"{verb} was refused")
    return reply.text


_COMMANDS: dict[str, tuple[Command, str]] = {
    "chmod": (_change_mode, "chmod MODE PATH"),
    "mkdir": (_make_directory, "mkdir PATH"),
    "pwd": (_directory, "pwd"),
    "quote": (_quote, "quote VERB [ARGUMENT…]"),
    "rename": (_rename, "rename FROM TO"),
    "rm": (_remove, "rm PATH"),
    "rmdir": (_remove_directory, "rmdir PATH"),
    "stat": (_stat, "stat PATH"),
}
