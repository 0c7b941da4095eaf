"""What a client asks, with the answers brought together: the state of a mailbox, searches, lists (RFC 9051 §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import RemoteProtocolError
from netloom.wire.imap import commands, sequence
from netloom.wire.imap.items import Item
from netloom.wire.imap.responses import Condition, Count, Fetched, Found, FoundMore, Mailbox, MailboxStatus
from netloom.wire.imap.search import Key, Search

if TYPE_CHECKING:
    from netloom.protocols.imap.dialogue import Dialogue
    from netloom.wire.imap.commands import Arguments
    from netloom.wire.imap.responses import Response

ALL = Search(Key("ALL"))
ABOUT = tuple(Item(name) for name in ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE"))

_MANY = 1_000_000
"""UIDs that a search may find."""


class Selected(Struct):
    """How many messages there are in a mailbox, and its UIDVALIDITY."""

    exists: int = 0
    validity: int = 0


class Mailboxes(Struct):
    """What LIST told, and counts by name."""

    found: list[Mailbox]
    counts: dict[str, dict[str, int]]


async def select(dialogue: Dialogue, mailbox: str, *, writes: bool) -> Selected:
    """Select a mailbox, to read only unless it `writes`."""
    state = Selected()

    def take(response: Response) -> None:
        if isinstance(response, Count) and response.kind == "EXISTS":
            state.exists = response.number
        elif isinstance(response, Condition) and response.code == "UIDVALIDITY" and response.values.isdecimal():
            state.validity = int(response.values[:20])

    await dialogue.ask("SELECT" if writes else "EXAMINE", commands.Named(mailbox), take)
    return state


async def search(dialogue: Dialogue, wanted: Search) -> list[int]:
    """The UIDs that match, ascending."""
    found: set[int] = set()

    def take(response: Response) -> None:
        if isinstance(response, Found):
            found.update(response.numbers)
        elif isinstance(response, FoundMore) and response.all is not None:
            for low, high in response.all.ranges:
                if len(found) + high - low > _MANY:
                    raise RemoteProtocolError(f"a search that finds more than {_MANY} messages", rule="RFC 9051 §7.3.4")
                found.update(range(low, high + 1))

    await dialogue.ask("UID SEARCH", wanted, take)
    return sorted(found)


async def fetch(dialogue: Dialogue, name: str, arguments: Arguments) -> list[Fetched]:
    """What FETCH or UID FETCH tells."""
    found: list[Fetched] = []

    def take(response: Response) -> None:
        if isinstance(response, Fetched):
            found.append(response)

    await dialogue.ask(name, arguments, take)
    return found


async def about(dialogue: Dialogue, uids: list[int]) -> list[Fetched]:
    """Flags, dates, sizes and envelopes of messages, in their order."""
    asked = commands.Fetch(sequence.of(uids), (*ABOUT, Item("ENVELOPE")))
    told = {one.uid: one for one in await fetch(dialogue, "UID FETCH", asked) if one.envelope is not None}
    return [told[uid] for uid in uids if uid in told]


async def counts(dialogue: Dialogue, mailbox: str) -> dict[str, int]:
    """How many messages there are in a mailbox, how many of them unseen, and its UIDs' state."""
    found: dict[str, int] = {}

    def take(response: Response) -> None:
        if isinstance(response, MailboxStatus):
            found.update(response.values)

    wanted = ("MESSAGES", "UNSEEN", "UIDNEXT", "UIDVALIDITY")
    await dialogue.ask("STATUS", commands.Status(mailbox, wanted), take)
    return found


async def mailboxes(dialogue: Dialogue, *, subscribed: bool) -> Mailboxes:
    """All mailboxes, or those that the account is subscribed to; with counts where the server tells them at once."""
    made = Mailboxes([], {})

    def take(response: Response) -> None:
        if isinstance(response, Mailbox):
            made.found.append(response)
        elif isinstance(response, MailboxStatus):
            made.counts[response.name] = response.values

    offered = dialogue.capabilities
    extended = {"LIST-EXTENDED", "IMAP4REV2"} & offered
    status = ("MESSAGES", "UNSEEN") if extended and {"LIST-STATUS", "IMAP4REV2"} & offered else ()
    if subscribed and not extended:
        await dialogue.ask("LSUB", commands.List("", ("*",)), take)
    else:
        chosen = ("SUBSCRIBED",) if subscribed else ()
        uses = ("SPECIAL-USE",) if extended and "SPECIAL-USE" in offered else ()
        await dialogue.ask("LIST", commands.List("", ("*",), chosen, uses, status), take)
    return made
