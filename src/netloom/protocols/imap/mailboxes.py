"""Mailboxes: select, make, rename, list, their counts, and messages that are appended (RFC 9051 §6.3)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netloom.contents import NotFound
from netloom.contents.mail.box import FLAGS, Incoming, checked_flags
from netloom.contents.mail.names import SEPARATOR, folder_name, is_below
from netloom.protocols.imap.listing import Listed, listed
from netloom.protocols.imap.session import Handler, Session, bad, needs, no, ok
from netloom.protocols.imap.view import View
from netloom.wire.imap import commands, responses, sequence, tokens
from netloom.wire.imap.responses import Condition

if TYPE_CHECKING:
    from netloom.contents.mail import Mailbox
    from netloom.wire.imap.commands import Command

_READ_ONLY = no("you may only read here", "NOPERM")
_SYSTEM = tuple(sorted(flag for flag in FLAGS if flag.startswith("\\")))


@needs("user")
async def _select(session: Session, command: Command) -> Condition:
    arguments, visitor = command.arguments, session.visitor
    if not isinstance(arguments, commands.Named) or visitor is None:
        return bad("a mailbox is expected")
    if session.view is not None:
        session.view = None  # also where the other can't be opened (RFC 9051 §6.3.2)
        if session.rev2:
            session.say(Condition("*", "OK", "the mailbox before is closed", "CLOSED"))
    mailbox = await session.folders.open(arguments.mailbox)
    await mailbox.refresh()
    writes = command.name == "SELECT" and visitor.writes
    recent = await mailbox.claim_recent() if writes else frozenset(mailbox.index.recent)
    view = View(mailbox, writes=writes, recent=recent, rev2=session.rev2)
    _tell_selected(session, view)
    session.view = view
    return ok("selected", "READ-WRITE" if writes else "READ-ONLY")


def _tell_selected(session: Session, view: View) -> None:
    index = view.mailbox.index
    keywords = tuple(sorted(index.keywords.values()))
    flags = (*_SYSTEM, "$Forwarded", *keywords)
    permanent = flags if view.writes else ()
    if view.writes and len(index.keywords) < view.mailbox.limits.keywords:
        permanent = (*permanent, "\\*")
    session.say(responses.Flags(flags))
    session.say(responses.Count("EXISTS", len(view.uids)))
    if not session.rev2:
        session.say(responses.Count("RECENT", len(view.recent)))
        unseen = next((n for n, uid in enumerate(view.uids, 1) if "\\Seen" not in index.messages[uid].flags), 0)
        if unseen:
            session.say(Condition("*", "OK", "the first unseen", "UNSEEN", str(unseen)))
    session.say(Condition("*", "OK", "these stay", "PERMANENTFLAGS", tokens.flags(permanent).decode("ascii")))
    session.say(Condition("*", "OK", "the next one's", "UIDNEXT", str(index.next)))
    session.say(Condition("*", "OK", "UIDs are valid", "UIDVALIDITY", str(index.validity)))
    if session.rev2:
        session.say(responses.Mailbox(view.mailbox.name, SEPARATOR))


@needs("user")
async def _change(session: Session, command: Command) -> Condition:
    """CREATE, DELETE, SUBSCRIBE, UNSUBSCRIBE."""
    arguments, visitor = command.arguments, session.visitor
    if not isinstance(arguments, commands.Named) or visitor is None or not visitor.writes:
        return _READ_ONLY
    folders, name = session.folders, arguments.mailbox
    if command.name == "CREATE":
        await folders.create(name)
    elif command.name == "DELETE":
        if session.view is not None and session.view.mailbox.name == folder_name(name):
            session.view = None
        names = await folders.names()
        if name not in names and any(is_below(one, name) for one in names):
            return no("it isn't there itself, only those below it are", "HASCHILDREN")
        await folders.delete(name)
    else:
        await folders.subscribe(name, wanted=command.name == "SUBSCRIBE")
    return ok("done")


@needs("user")
async def _rename(session: Session, command: Command) -> Condition:
    arguments, visitor = command.arguments, session.visitor
    if not isinstance(arguments, commands.Rename) or visitor is None or not visitor.writes:
        return _READ_ONLY
    await session.folders.rename(arguments.old, arguments.new)
    return ok("renamed")


@needs("user")
async def _list(session: Session, command: Command) -> Condition:
    arguments = command.arguments
    if not isinstance(arguments, commands.List):
        return bad("a pattern is expected")
    subscribed_list = command.name == "LSUB"
    if arguments.patterns == ("",) and not arguments.selections:
        session.say(responses.Mailbox("", SEPARATOR, ("\\Noselect",), subscribed_list))
        return ok("that is the separator")
    names, subscribed = await session.folders.names(), await session.folders.subscriptions()
    for one in listed(arguments, names, subscribed, lsub=subscribed_list):
        _tell(session, one, subscribed_list)
        if arguments.status and one.name in names:
            await _tell_status(session, one.name, arguments.status)
        await session.flush_some()
    return ok("listed")


def _tell(session: Session, one: Listed, subscribed_list: bool) -> None:
    line = responses.emit(responses.Mailbox(one.name, SEPARATOR, one.attributes, subscribed_list), utf8=session.utf8)
    if one.child_subscribed:
        line = line[:-2] + b' ("CHILDINFO" ("SUBSCRIBED"))\r\n'
    session.give(line)


async def _tell_status(session: Session, name: str, wanted: tuple[str, ...]) -> None:
    mailbox = await session.folders.open(name)
    await mailbox.refresh()
    session.say(responses.MailboxStatus(mailbox.name, {item: _count(mailbox, item) for item in wanted}))


def _count(mailbox: Mailbox, item: str) -> int:
    index = mailbox.index
    infos = index.messages.values()
    match item:
        case "MESSAGES":
            return len(index.messages)
        case "UNSEEN":
            return sum("\\Seen" not in info.flags for info in infos)
        case "DELETED":
            return sum("\\Deleted" in info.flags for info in infos)
        case "SIZE":
            return sum(info.size for info in infos)
        case "RECENT":
            return len(index.recent)
        case "UIDNEXT":
            return index.next
        case "UIDVALIDITY":
            return index.validity
    return mailbox.limits.message  # APPENDLIMIT


@needs("user")
async def _status(session: Session, command: Command) -> Condition:
    if not isinstance(command.arguments, commands.Status):
        return bad("a mailbox is expected")
    await _tell_status(session, command.arguments.mailbox, command.arguments.items)
    return ok("counted")


@needs("user")
async def _append(session: Session, command: Command) -> Condition:
    arguments, visitor = command.arguments, session.visitor
    if not isinstance(arguments, commands.Append) or visitor is None or not visitor.writes:
        return _READ_ONLY
    if any(message.utf8 for message in arguments.messages) and not session.utf8:
        return bad("UTF8 comes after ENABLE UTF8=ACCEPT")
    try:
        mailbox = await session.folders.open(arguments.mailbox)
    except NotFound as exc:
        return no(exc.message, "TRYCREATE")
    now = time.time()
    uids = await mailbox.append_all(
        [
            Incoming(
                data=message.data,
                # A session's own flag, which some clients name here, isn't kept
                flags=checked_flags(flag for flag in message.flags if flag.lower() != "\\recent"),
                received=now if message.date is None else message.date,
            )
            for message in arguments.messages
        ]
    )
    told = f"{mailbox.index.validity} {sequence.compact(uids).decode('ascii')}"
    return ok("appended", "APPENDUID", told)


@needs("user")
async def _namespace(session: Session, command: Command) -> Condition:
    session.say(responses.Namespaces((("", SEPARATOR),)))
    return ok("all is yours")


COMMANDS: dict[str, Handler] = {
    "SELECT": _select, "EXAMINE": _select, "CREATE": _change, "DELETE": _change, "SUBSCRIBE": _change,
    "UNSUBSCRIBE": _change, "RENAME": _rename, "LIST": _list, "LSUB": _list, "STATUS": _status, "APPEND": _append,
    "NAMESPACE": _namespace,
}  # fmt: skip
