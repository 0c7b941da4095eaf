"""FETCH: messages in batches, read where what is asked isn't known already (RFC 9051 §6.4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.imap.session import Handler, Session, bad, needs, no, ok
from netloom.protocols.imap.texts import Text, UnknownEncoding, is_known
from netloom.wire.imap import commands, dates, items, responses, tokens
from netloom.wire.imap.items import Item, Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.contents.mail import MessageInfo
    from netloom.protocols.imap.view import View
    from netloom.wire.imap.commands import Command
    from netloom.wire.imap.responses import Condition

_BATCH = 64
_BATCH_SIZE = 4 << 20
_OLD = {"RFC822": Section(), "RFC822.HEADER": Section(what="HEADER"), "RFC822.TEXT": Section(what="TEXT")}
_KEPT = {"ENVELOPE": "envelope", "BODYSTRUCTURE": "structure", "BODY": "body"}
_LIGHT = frozenset({"FLAGS", "INTERNALDATE", "RFC822.SIZE", "UID"})
_SEEN = frozenset({"\\Seen"})


@needs("selected")
async def fetch(session: Session, command: Command) -> Condition:
    """FETCH and UID FETCH."""
    arguments, view = command.arguments, session.view
    if not isinstance(arguments, commands.Fetch) or view is None:
        return bad("items are expected")
    by_uid = command.name.startswith("UID")
    chosen = view.choose(arguments.numbers, by_uid=by_uid)
    if chosen is None:
        return bad("there is no such message")
    wanted = list(arguments.items)
    if by_uid and not any(item.name == "UID" for item in wanted):
        wanted.insert(0, Item("UID"))
    answering = _Answering(session, view, wanted)
    for batch in _batches(view, chosen):
        await answering.tell(batch)
        await session.flush_some()
    if answering.undecodable:
        return no("a part can't be decoded", "UNKNOWN-CTE")
    if answering.missed:
        return no("some messages have gone meanwhile", "EXPUNGEISSUED")
    return ok("fetched")


def _batches(view: View, uids: Sequence[int]) -> list[list[int]]:
    """UIDs in portions: so many messages, or so many bytes, are read at once."""
    messages = view.mailbox.index.messages
    batches: list[list[int]] = []
    size = _BATCH_SIZE
    for uid in uids:
        info = messages.get(uid)
        size += info.size if info is not None else 0
        if size >= _BATCH_SIZE or len(batches[-1]) >= _BATCH:
            batches.append([])
            size = 0
        batches[-1].append(uid)
    return batches


class _Answering:
    """The answers to one FETCH."""

    def __init__(self, session: Session, view: View, wanted: list[Item]) -> None:
        self._session = session
        self._view = view
        self._wanted = [(item, items.label(item)) for item in wanted]
        self._marks = any(_marks(item) for item in wanted) and view.writes
        self._light = all(item.name in _LIGHT for item in wanted)
        kept = [_kept(item) for item in wanted if item.name not in _LIGHT]
        self._kept = [what for what in kept if what]
        self._only_kept = all(kept)
        self._tells_flags = any(item.name == "FLAGS" for item in wanted)
        self.missed = False
        self.undecodable = False

    async def tell(self, uids: list[int]) -> None:
        """One batch."""
        mailbox, view = self._view.mailbox, self._view
        infos = [info for uid in uids if (info := mailbox.index.messages.get(uid)) is not None]
        self.missed = self.missed or len(infos) < len(uids)
        read = await self._read([info.uid for info in infos])
        marked: set[int] = set()
        if self._marks:
            marked = {info.uid for info in infos if "\\Seen" not in info.flags}
            if marked:
                await mailbox.store(sorted(marked), _SEEN, "+")
        for info in infos:
            if info.uid not in read and not self._remembers(info.uid):
                read |= await self._read([info.uid])  # it was forgotten while others had their turn
            data = read.get(info.uid)
            if data is None and info.uid in read:
                self.missed = True
                continue
            told = self._told(info, data)
            if info.uid in marked and not self._tells_flags:
                told.append(b"FLAGS " + tokens.flags(view.flags(info.uid)))
            if info.uid in marked or self._tells_flags:
                view.knows([info.uid])
            self._session.give(responses.emit_fetched(view.number(info.uid), told))
            await self._session.flush_some()

    async def _read(self, uids: list[int]) -> dict[int, bytes | None]:
        """The messages that have to be read."""
        uids = [uid for uid in uids if not self._remembers(uid)]
        return dict(zip(uids, await self._view.mailbox.read(uids), strict=True)) if uids else {}

    def _remembers(self, uid: int) -> bool:
        """Whether all that is asked is known without reading the message."""
        mailbox, utf8 = self._view.mailbox, self._session.utf8
        return self._only_kept and all(is_known(mailbox, uid, what, utf8=utf8) for what in self._kept)

    def _told(self, info: MessageInfo, data: bytes | None) -> list[bytes]:
        mailbox = self._view.mailbox
        text = Text(mailbox, info, data or b"") if not self._light else None
        told = []
        for item, label in self._wanted:
            name = item.name
            if name == "UID":
                value = b"%d" % info.uid
            elif name == "FLAGS":
                value = tokens.flags(self._view.flags(info.uid))
            elif name == "RFC822.SIZE":
                value = b"%d" % info.size
            elif name == "INTERNALDATE":
                value = b'"' + dates.emit_date_time(info.received) + b'"'
            elif text is None:
                continue
            elif item.section is None and name in _KEPT:
                value = self._structure(text, name)
            else:
                value = self._text(text, item)
            told.append(label + b" " + value)
        return told

    def _structure(self, text: Text, name: str) -> bytes:
        utf8 = self._session.utf8
        if name == "ENVELOPE":
            return text.envelope(utf8=utf8)
        return text.structure(extended=name == "BODYSTRUCTURE", utf8=utf8)

    def _text(self, text: Text, item: Item) -> bytes:
        section = item.section if item.section is not None else _OLD[item.name]
        if not item.name.startswith("BINARY"):
            octets = text.section(section)
            return b"NIL" if octets is None else tokens.literal(_partial(octets, item.partial))
        try:
            octets = text.binary(section)
        except UnknownEncoding:
            self.undecodable = True
            return b"0" if item.name == "BINARY.SIZE" else b"NIL"
        if item.name == "BINARY.SIZE":
            return b"%d" % len(octets or b"")
        if octets is None:
            return b"NIL"
        octets = _partial(octets, item.partial)
        return tokens.literal8(octets) if b"\0" in octets else tokens.literal(octets)


def _kept(item: Item) -> str:
    """What is remembered of a message that answers this, "" where the message has to be read."""
    section = _OLD.get(item.name, item.section)
    if section is None:
        return _KEPT.get(item.name, "")
    return "header" if section.what.startswith("HEADER") and not section.part else ""


def _marks(item: Item) -> bool:
    """Whether fetching it makes a message seen."""
    if item.name in ("RFC822", "RFC822.TEXT"):
        return True
    return item.name in ("BODY", "BINARY") and item.section is not None and not item.peek


def _partial(octets: bytes, partial: tuple[int, int] | None) -> bytes:
    return octets if partial is None else octets[partial[0] : partial[0] + partial[1]]


COMMANDS: dict[str, Handler] = {"FETCH": fetch, "UID FETCH": fetch}
