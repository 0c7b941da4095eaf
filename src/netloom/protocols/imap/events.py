"""What happens in a mailbox while a client idles, as messages (RFC 2177)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from netloom.errors import PeerRefused
from netloom.protocols.imap.words import people, readable
from netloom.records import Message
from netloom.wire.imap import commands
from netloom.wire.imap.items import Item, Section
from netloom.wire.imap.responses import Condition, Count, Fetched
from netloom.wire.imap.sequence import LAST, Numbers

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from netloom.protocols.imap.dialogue import Dialogue
    from netloom.wire.imap.responses import Response

RENEWED = 25 * 60.0
"""Seconds after which IDLE is said again: servers may end a session that is silent for half an hour (RFC 2177 §3)."""


async def hear(dialogue: Dialogue, mailbox: str, section: Section, uids: list[int]) -> AsyncGenerator[Message, None]:
    """New messages with that section of theirs, changes of flags, and removals, as they come.

    `uids` are those of the messages that are there, in order.
    """
    watch = _Watch(mailbox, section, uids)
    while True:
        for message in await watch.news(dialogue):
            yield message
        tag = await dialogue.idle()
        async with contextlib.aclosing(_idling(dialogue, watch)) as messages:
            async for message in messages:
                yield message
        await dialogue.done()
        while not watch.ends(tag, await dialogue.hear()):
            pass


async def _idling(dialogue: Dialogue, watch: _Watch) -> AsyncGenerator[Message, None]:
    """What is heard until there is news that has to be asked for, or it is time to say IDLE again."""
    until = asyncio.get_running_loop().time() + RENEWED
    while not watch.has_news:
        try:
            async with asyncio.timeout_at(until):
                watch.take(await dialogue.hear())
        except TimeoutError:
            return
        for message in watch.told():
            yield message


class _Watch:
    """What is known of the mailbox: `uids[n - 1]` is message n."""

    def __init__(self, mailbox: str, section: Section, uids: list[int]) -> None:
        self._mailbox = mailbox
        self._section = section
        self._uids = uids
        self._exists = len(uids)
        self._events: list[Message] = []

    @property
    def has_news(self) -> bool:
        """Whether there are messages that weren't fetched yet."""
        return self._exists > len(self._uids)

    def ends(self, tag: str, response: Response) -> bool:
        """Whether this is the end of IDLE; anything else is taken."""
        if isinstance(response, Condition) and response.tag == tag:
            if response.kind != "OK":
                raise PeerRefused(f"IDLE was refused: {response.text[:300]}", code=response.code or response.kind)
            return True
        self.take(response)
        return False

    def take(self, response: Response) -> None:
        """One thing that the server tells."""
        if isinstance(response, Condition) and response.kind in ("BYE", "NO", "BAD"):
            raise PeerRefused(f"the server ends it: {response.text[:300]}", code=response.code or response.kind)
        if isinstance(response, Count):
            if response.kind == "EXISTS":
                self._exists = response.number
            elif response.kind == "EXPUNGE":
                self._exists -= 1
                if response.number <= len(self._uids):
                    self._event("expunged", self._uids.pop(response.number - 1))
        elif isinstance(response, Fetched) and response.flags is not None and response.number <= len(self._uids):
            self._event("flags", self._uids[response.number - 1], flags=" ".join(sorted(response.flags)))

    def told(self) -> list[Message]:
        """What was taken since the last time."""
        events, self._events = self._events, []
        return events

    def _event(self, event: str, uid: int, **more: str) -> None:
        payload = more.get("flags", "").encode()
        properties = {"event": event, "uid": str(uid), **more}
        self._events.append(Message(topic=self._mailbox, payload=payload, properties=properties))

    async def news(self, dialogue: Dialogue) -> list[Message]:
        """What was told meanwhile, then the messages that are new."""
        found: dict[int, Fetched] = {}

        def take(response: Response) -> None:
            if isinstance(response, Fetched) and response.texts and response.uid is not None:
                found[response.uid] = response
            else:
                self.take(response)

        while self.has_news:
            first = len(self._uids) + 1
            items = tuple(Item(name) for name in ("UID", "FLAGS", "INTERNALDATE", "ENVELOPE"))
            items = (*items, Item("BODY", self._section, peek=True))
            await dialogue.ask("FETCH", commands.Fetch(Numbers(((first, LAST),)), items), take)
            new = sorted(uid for uid in found if uid not in self._uids)
            if not new:
                self._exists = len(self._uids)  # they have gone already, and nobody says so
            self._uids += new
        return [*self.told(), *(self._new(found[uid]) for uid in sorted(found))]

    def _new(self, message: Fetched) -> Message:
        envelope = message.envelope
        return Message(
            topic=self._mailbox,
            payload=message.text(self._section) or b"",
            sender=people(envelope.author) if envelope else "",
            properties={
                "event": "new",
                "uid": str(message.uid),
                "flags": " ".join(sorted(message.flags or ())),
                "subject": readable(envelope.subject) if envelope else "",
            },
        )
