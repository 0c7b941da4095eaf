"""IMAP, the client's side: mailboxes and messages to get, put, list and listen to (RFC 9051)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from netloom.contents.mail.box import to_crlf
from netloom.errors import PeerRefused, Phase, TLSError, UsageError
from netloom.links.entering import anonymous, login_of, upgrade
from netloom.protocols.imap import queries
from netloom.protocols.imap.dialogue import Dialogue
from netloom.protocols.imap.events import hear
from netloom.protocols.imap.options import ImapOptions
from netloom.protocols.imap.places import INBOX, Place, path_of, place_of
from netloom.protocols.imap.words import people, readable
from netloom.shapes import Entry, Reply
from netloom.wire.imap import commands, sequence
from netloom.wire.imap.items import Item

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.protocols.imap.queries import Selected
    from netloom.records import Message
    from netloom.wire.imap.responses import Fetched, Mailbox
    from netloom.wire.sasl import Login

_BATCH = 100
_SYSTEM = {"answered", "deleted", "draft", "flagged", "seen"}


class Client:
    """Reads and keeps mail. One session is used for all."""

    Options = ImapOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: ImapOptions) -> None:
        self.options = options
        self._dial = dial
        self._endpoint = endpoint
        self._dialogue: Dialogue | None = None

    async def begin(self, learnt: Callable[[Dialogue], None] = lambda _: None) -> Dialogue:
        """A session that is ready; `learnt` is called with it however far it came.

        Raises PeerRefused, Unauthenticated, TLSError where TLS was asked for and there is none, Blocked where a
        password would have to be said without it.
        """
        if self._dialogue is None:
            login = login_of(self._endpoint, self.options)
            dialogue = Dialogue(await self._dial.stream(), self.options.max_message)
            try:
                await dialogue.greet()
                if dialogue.is_known:
                    self._check_early(dialogue, login)
                else:
                    await upgrade(dialogue, self._dial, login, "imaps")
                    login = login or anonymous(self.options, dialogue.mechanisms)
                    if login is not None:
                        await dialogue.login(login)
            finally:
                learnt(dialogue)
            self._dialogue = dialogue
        return self._dialogue

    async def get(self, path: str) -> Reply:
        """A message, or a part of it: that of the path, the newest that the search finds, or the newest of all."""
        place = place_of(self._endpoint, path, self.options)
        dialogue = await self._ready()
        state = await self._select(dialogue, place, writes=not self.options.peek)
        number = await self._chosen(dialogue, place, state.exists)
        wanted = (*queries.ABOUT, Item("BODY", place.section, place.partial, self.options.peek))
        by_uid = bool(place.uid or (place.search and not place.index))
        dialogue.enter(Phase.FIRST_BYTE)
        asked = commands.Fetch(sequence.of([number]), wanted)
        found = await queries.fetch(dialogue, "UID FETCH" if by_uid else "FETCH", asked)
        texts = [(one, one.text(place.section)) for one in found if one.texts]
        if not texts:
            raise PeerRefused("there is no such message", code="NONEXISTENT", hint=_LISTED)
        message, text = texts[-1]
        if text is None:
            raise PeerRefused("there is no such part of the message", code="NONEXISTENT")
        return Reply(
            {
                "mailbox": place.mailbox or INBOX,
                "uid": message.uid,
                "uidvalidity": state.validity,
                "flags": sorted(message.flags or ()),
                "received": message.date,
                "message_size": message.size,
                "size": len(text),
            },
            body=text,
        )

    async def put(self, path: str, body: AsyncIterator[bytes]) -> Reply:
        """Append a message to a mailbox. Its lines become CRLF lines."""
        place = place_of(self._endpoint, path, self.options)
        mailbox = place.mailbox or INBOX
        flags = tuple(f"\\{flag.capitalize()}" if flag.lower() in _SYSTEM else flag for flag in self.options.flags)
        octets = bytearray()
        async for chunk in body:
            octets += chunk
            if len(octets) > self.options.max_message:
                raise UsageError(f"a message of more than {self.options.max_message} bytes", hint="-O max_message")
        data = to_crlf(bytes(octets))
        dialogue = await self._ready()
        _check_size(dialogue, len(data))
        append = commands.Append(mailbox, (commands.Appended(data, flags, self.options.date),))
        try:
            answer = await dialogue.ask("APPEND", append)
        except PeerRefused as exc:
            if exc.code != "TRYCREATE" or not self.options.create:
                raise
            await dialogue.ask("CREATE", commands.Named(mailbox))
            answer = await dialogue.ask("APPEND", append)
        meta: dict[str, Any] = {"mailbox": mailbox, "size": len(data), "text": answer.text}
        numbers = answer.values.split()
        if answer.code == "APPENDUID" and len(numbers) == 2 and all(number.isdecimal() for number in numbers):
            meta["uidvalidity"], meta["uid"] = map(int, numbers)
        return Reply(meta)

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """The mailboxes; or with a mailbox in the path, or a search, the messages there."""
        place = place_of(self._endpoint, path, self.options)
        dialogue = await self._ready()
        if not place.mailbox and place.search is None:
            told = await queries.mailboxes(dialogue, subscribed=self.options.subscribed)
            for one in told.found:
                yield _mailbox_entry(one, told.counts.get(one.name))
            return
        await self._select(dialogue, place, writes=False)
        uids = await queries.search(dialogue, place.search or queries.ALL)
        uids = uids[-self.options.limit_messages :]
        for at in range(0, len(uids), _BATCH):
            for message in await queries.about(dialogue, uids[at : at + _BATCH]):
                yield _entry(message, place.mailbox or INBOX)

    async def listen(self, path: str) -> AsyncGenerator[Message, None]:
        """What happens in a mailbox: new messages, changed flags, messages that are removed (RFC 2177)."""
        place = place_of(self._endpoint, path, self.options)
        dialogue = await self._ready()
        if "IDLE" not in dialogue.capabilities and "IMAP4REV2" not in dialogue.capabilities:
            raise PeerRefused("the server offers no IDLE: it tells of nothing by itself", hint="list it, now and then")
        state = await self._select(dialogue, place, writes=False)
        uids = await queries.search(dialogue, queries.ALL) if state.exists else []
        async with contextlib.aclosing(hear(dialogue, place.mailbox or INBOX, place.section, uids)) as messages:
            async for message in messages:
                yield message

    async def close(self) -> None:
        """Say LOGOUT, and close."""
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            await dialogue.logout()

    # Inside

    async def _ready(self) -> Dialogue:
        """A session of somebody who is logged in."""
        dialogue = await self.begin()
        if not dialogue.is_known:
            raise UsageError("whose mail? A user is needed", hint="imap://USER:PASSWORD@HOST")
        dialogue.enter(Phase.REQUEST)
        return dialogue

    async def _select(self, dialogue: Dialogue, place: Place, *, writes: bool) -> Selected:
        state = await queries.select(dialogue, place.mailbox or INBOX, writes=writes)
        if place.validity and place.validity != state.validity:
            message = f"UIDs have changed: UIDVALIDITY is {state.validity}"
            raise PeerRefused(message, code="UIDVALIDITY", hint=_LISTED)
        return state

    async def _chosen(self, dialogue: Dialogue, place: Place, exists: int) -> int:
        """The number of the message that is meant: a UID, or a message's number."""
        if place.uid:
            return place.uid
        if place.index:
            return place.index
        if place.search is not None:
            uids = await queries.search(dialogue, place.search)
            if not uids:
                raise PeerRefused("no message matches the search", code="NONEXISTENT")
            return uids[-1]
        if not exists:
            raise PeerRefused(f"there is no message in {place.mailbox or INBOX}", code="NONEXISTENT")
        return exists

    def _check_early(self, dialogue: Dialogue, login: Login | None) -> None:
        """Who is let in by the greeting (PREAUTH) can't be given TLS any more (RFC 9051 §11.1)."""
        mode = self._dial.options.tls
        if not dialogue.private and (mode == "starttls" or (not mode and login is not None)):
            raise TLSError("the server lets us in before TLS: it can't follow any more", hint="imaps://")


_LISTED = "netloom list tells which messages there are"


def _check_size(dialogue: Dialogue, size: int) -> None:
    """What the server said that it doesn't take isn't tried (RFC 7889)."""
    for name in dialogue.capabilities:
        limit = name.removeprefix("APPENDLIMIT=")
        if limit != name and limit.isdecimal() and len(limit) < 20 and size > int(limit):
            raise PeerRefused(f"the message has {size} bytes, and the server takes {limit}", code="TOOBIG")


def _mailbox_entry(one: Mailbox, counts: dict[str, int] | None) -> Entry:
    value: dict[str, Any] = {name.lower(): number for name, number in (counts or {}).items()}
    told = [attribute for attribute in one.attributes if attribute.lower() not in _DULL]
    if told:
        value["attributes"] = " ".join(told)
    return Entry(name=one.name, path=path_of(one.name), kind="mailbox", value=value or None)


_DULL = {"\\hasnochildren", "\\haschildren", "\\unmarked", "\\marked"}


def _entry(message: Fetched, mailbox: str) -> Entry:
    envelope = message.envelope
    value: dict[str, Any] = {"from": people(envelope.author) if envelope else ""}
    value["subject"] = readable(envelope.subject) if envelope else ""
    if message.flags:
        value["flags"] = " ".join(sorted(message.flags))
    return Entry(
        name=str(message.uid),
        path=path_of(mailbox, message.uid or 0),
        kind="message",
        size=message.size,
        modified=message.date,
        value=value,
    )
