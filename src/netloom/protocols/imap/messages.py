"""What is done to messages of the selected mailbox: flags, copies, removal; and IDLE (RFC 9051 §6.4, RFC 2177)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from netloom.contents import Forbidden, NotFound
from netloom.contents.mail import Incoming, InUse
from netloom.contents.mail.box import checked_flags
from netloom.errors import NetloomError
from netloom.protocols.imap.session import End, Handler, Session, bad, needs, no, ok
from netloom.wire.imap import commands, responses, sequence
from netloom.wire.imap.responses import Condition

if TYPE_CHECKING:
    from netloom.contents.mail import Mailbox
    from netloom.protocols.imap.view import View
    from netloom.wire.imap.commands import Command
    from netloom.wire.imap.framing import Line

_COPIED = 4 << 20
"""Bytes of messages that are copied at once."""
_LOOK = 1.0
"""Seconds between two looks at a mailbox on a disk for what other programs did, while somebody idles."""
_STILL_HERE = 120.0
_READ_ONLY = no("you may only read here", "NOPERM")


@needs("selected")
async def _store(session: Session, command: Command) -> Condition:
    arguments, view = command.arguments, session.view
    if not isinstance(arguments, commands.Store) or view is None:
        return bad("flags are expected")
    if not view.writes:
        return _READ_ONLY
    chosen = view.choose(arguments.numbers, by_uid=command.name.startswith("UID"))
    if chosen is None:
        return bad("there is no such message")
    flags = checked_flags(flag for flag in arguments.flags if flag.lower() != "\\recent")
    messages = view.mailbox.index.messages
    await view.mailbox.store(chosen, flags, arguments.action)
    there = [uid for uid in chosen if uid in messages]
    if arguments.silent:
        view.knows(there)
    else:
        for uid in there:
            session.give(view.told(uid))
            await session.flush_some()
    return ok("stored") if len(there) == len(chosen) else no("some messages have gone meanwhile", "EXPUNGEISSUED")


@needs("selected")
async def _copy(session: Session, command: Command) -> Condition:
    """COPY and MOVE."""
    arguments, view = command.arguments, session.view
    if not isinstance(arguments, commands.Copy) or view is None or session.visitor is None:
        return bad("a mailbox is expected")
    moves = command.name.endswith("MOVE")
    if not session.visitor.writes or (moves and not view.writes):
        return _READ_ONLY
    chosen = view.choose(arguments.numbers, by_uid=command.name.startswith("UID"))
    if chosen is None:
        return bad("there is no such message")
    try:
        target = await session.folders.open(arguments.mailbox)
    except NotFound as exc:
        return no(exc.message, "TRYCREATE")
    if moves and target is view.mailbox:
        raise Forbidden("the messages are there already")
    pairs = await copy(view.mailbox, target, chosen)
    if not pairs:
        return ok("nothing was there to be copied")
    told = " ".join(sequence.compact(uids).decode("ascii") for uids in zip(*pairs, strict=True))
    values = f"{target.index.validity} {told}"
    if not moves:
        return ok("copied", "COPYUID", values)
    sources = [source for source, _ in pairs]
    try:
        await view.mailbox.expunge(sources)
    except InUse:
        await target.expunge([copied for _, copied in pairs])
        raise
    session.say(Condition("*", "OK", "moved", "COPYUID", values))
    return ok("moved")


async def copy(source: Mailbox, target: Mailbox, uids: list[int]) -> list[tuple[int, int]]:
    """Copy messages, all or none; gives each UID with its copy's."""
    pairs: list[tuple[int, int]] = []
    messages = source.index.messages
    at = 0
    try:
        while at < len(uids):
            batch: list[int] = []
            size = 0
            while at < len(uids) and (not batch or size < _COPIED):
                if uids[at] in messages:
                    batch.append(uids[at])
                    size += messages[uids[at]].size
                at += 1
                if at < len(uids) and len(batch) >= 200:
                    break
            read = zip(batch, await source.read(batch), strict=True)
            there = [(messages[uid], data) for uid, data in read if data is not None and uid in messages]
            made = await target.append_all(
                [Incoming(data=data, flags=info.flags, received=info.received) for info, data in there]
            )
            pairs += [(info.uid, copied) for (info, _), copied in zip(there, made, strict=True)]
    except NetloomError:
        with contextlib.suppress(NetloomError):
            await target.expunge([copied for _, copied in pairs])
        raise
    return pairs


@needs("selected")
async def _expunge(session: Session, command: Command) -> Condition:
    """EXPUNGE and UID EXPUNGE."""
    view = session.view
    if view is None or not view.writes:
        return _READ_ONLY
    chosen = None
    if isinstance(command.arguments, commands.Expunge):
        uids = view.choose(command.arguments.numbers, by_uid=True) or []
        chosen = [uid for uid in uids if _is_deleted(view, uid)]
    await view.mailbox.expunge(chosen)
    return ok("expunged")


def _is_deleted(view: View, uid: int) -> bool:
    info = view.mailbox.index.messages.get(uid)
    return info is not None and "\\Deleted" in info.flags


@needs("selected")
async def _close(session: Session, command: Command) -> Condition:
    """CLOSE, which removes what is deleted and tells nothing of it, and UNSELECT, which doesn't."""
    view, session.view = session.view, None
    if view is not None and view.writes and command.name == "CLOSE":
        with contextlib.suppress(InUse):
            await view.mailbox.expunge()
    return ok("closed")


@needs("selected")
async def _check(session: Session, command: Command) -> Condition:
    if session.view is not None:
        await session.view.mailbox.refresh()
    return ok("all is kept")


@needs("user")
async def _idle(session: Session, command: Command) -> Condition:
    """Tell what changes as it changes, until the client says DONE."""
    session.say(responses.Continue("idling"))
    await session.sync(expunges=True)
    await session.flush()
    reading = asyncio.ensure_future(session.read_line())
    clock = asyncio.get_running_loop().time
    said = clock()
    try:
        while not reading.done():
            await _news(session, reading)
            before = session.sent
            if not reading.done():
                await session.sync(expunges=True)
                if session.sent == before and clock() - said >= _STILL_HERE:
                    session.say(Condition("*", "OK", "still here"))
            if session.sent != before:
                said = clock()
                await session.flush()
    finally:
        reading.cancel()  # where it has failed already, this says that nobody will ask how
        await asyncio.wait({reading})
    line = reading.result()
    if line.text.upper() != b"DONE":
        raise End(Condition("*", "BYE", "DONE was expected"))
    return ok("no longer idle")


async def _news(session: Session, reading: asyncio.Task[Line]) -> None:
    """Until the client says something, the mailbox changes, or it is time to look, or to show that we are there."""
    view = session.view
    if view is None:
        await asyncio.wait({reading}, timeout=_STILL_HERE)
        return
    if view.mailbox.is_shared:
        await view.mailbox.refresh()
    changing = asyncio.ensure_future(view.mailbox.index.changed_from(view.version))
    try:
        timeout = _LOOK if view.mailbox.is_shared else _STILL_HERE
        await asyncio.wait({reading, changing}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        changing.cancel()
        await asyncio.wait({changing})


COMMANDS: dict[str, Handler] = {
    "STORE": _store, "UID STORE": _store, "COPY": _copy, "UID COPY": _copy, "MOVE": _copy, "UID MOVE": _copy,
    "EXPUNGE": _expunge, "UID EXPUNGE": _expunge, "CLOSE": _close, "UNSELECT": _close, "CHECK": _check, "IDLE": _idle,
}  # fmt: skip
