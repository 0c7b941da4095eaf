"""SEARCH: which messages match, the cheap conditions first (RFC 9051 §6.4.4, RFC 4731, RFC 5182, RFC 5032)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.utils import parsedate_tz
from typing import TYPE_CHECKING

from netloom.protocols.imap.session import Handler, Session, bad, needs, no, ok
from netloom.protocols.imap.texts import Text, UnknownEncoding, decoded
from netloom.protocols.imap.words import readable
from netloom.wire.imap import mime, responses, sequence
from netloom.wire.imap.search import DAYS, FLAGGED, SIZES, TEXTS, Key, Search

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.contents.mail import MessageInfo
    from netloom.protocols.imap.view import View
    from netloom.wire.imap.commands import Command
    from netloom.wire.imap.mime import Part
    from netloom.wire.imap.responses import Condition
    from netloom.wire.imap.sequence import Numbers

_BATCH = 50
_BATCH_SIZE = 4 << 20
_CHARSETS = ("", "UTF-8", "US-ASCII")
_SENT = {"SENTBEFORE": "BEFORE", "SENTON": "ON", "SENTSINCE": "SINCE"}

Test = Callable[["Candidate"], bool]


class Candidate:
    """A message that may match. `text` is there once it was read."""

    def __init__(self, number: int, info: MessageInfo, flags: frozenset[str]) -> None:
        self.number = number
        self.info = info
        self.flags = flags
        self.text: Text | None = None
        self._header: list[tuple[bytes, bytes]] | None = None
        self._body: str | None = None

    @property
    def header(self) -> list[tuple[bytes, bytes]]:
        if self._header is None:
            text = self.text
            self._header = mime.fields_of(text.header) if text is not None else []
        return self._header

    def values(self, name: str) -> Iterator[str]:
        """The decoded values of a field, folded for comparing."""
        wanted = name.lower().encode()
        for field, value in self.header:
            if field.lower() == wanted:
                yield readable(value).casefold()

    @property
    def body(self) -> str:
        """All texts in it, decoded and folded for comparing."""
        if self._body is None:
            text = self.text
            self._body = "\n".join(_texts(text.data, text.part)).casefold() if text is not None else ""
        return self._body


@needs("selected")
async def search(session: Session, command: Command) -> Condition:
    """SEARCH and UID SEARCH."""
    arguments, view = command.arguments, session.view
    if not isinstance(arguments, Search) or view is None:
        return bad("a search key is expected")
    if arguments.charset not in _CHARSETS:
        return no("texts are UTF-8 here", "BADCHARSET", "(UTF-8 US-ASCII)")
    returns = arguments.returns
    if returns == ():
        returns = ("ALL",)
    found = await matching(view, arguments.key)
    by_uid = command.name.startswith("UID")
    numbers = found if by_uid else [view.number(uid) for uid in found]
    if returns is not None and "SAVE" in returns:
        view.saved = _saved(found, returns)
    if returns is None and not session.rev2:
        session.say(responses.Found(tuple(numbers)))
    elif returns is None or set(returns) != {"SAVE"}:
        session.say(_more(numbers, returns or ("ALL",), command.tag, by_uid=by_uid))
    return ok("searched")


def _saved(uids: list[int], returns: tuple[str, ...]) -> set[int]:
    """What is kept of a result (RFC 5182 §2.1)."""
    if not uids or {"ALL", "COUNT"} & set(returns) or not {"MIN", "MAX"} & set(returns):
        return set(uids)
    return {uids[0]} if "MAX" not in returns else {uids[-1]} if "MIN" not in returns else {uids[0], uids[-1]}


def _more(numbers: list[int], returns: tuple[str, ...], tag: str, *, by_uid: bool) -> responses.FoundMore:
    return responses.FoundMore(
        tag=tag,
        uid=by_uid,
        min=min(numbers) if numbers and "MIN" in returns else None,
        max=max(numbers) if numbers and "MAX" in returns else None,
        count=len(numbers) if "COUNT" in returns else None,
        all=sequence.of(numbers) if numbers and "ALL" in returns else None,
    )


async def matching(view: View, key: Key) -> list[int]:
    """The UIDs of the messages that match, ascending."""
    messages = view.mailbox.index.messages
    cheap, dear = _split(key)
    test_cheap, test_dear = _compile(cheap, view), _compile(dear, view)
    candidates = [
        Candidate(number, info, view.flags(uid))
        for number, uid in enumerate(view.uids, 1)
        if (info := messages.get(uid)) is not None
    ]
    candidates = [one for one in candidates if test_cheap(one)]
    if dear.name == "ALL":
        return [one.info.uid for one in candidates]
    found: list[int] = []
    at = 0
    while at < len(candidates):
        batch: list[Candidate] = []
        size = 0
        while at < len(candidates) and len(batch) < _BATCH and size < _BATCH_SIZE:
            batch.append(candidates[at])
            size += candidates[at].info.size
            at += 1
        for one, data in zip(batch, await view.mailbox.read([one.info.uid for one in batch]), strict=True):
            if data is not None:
                one.text = Text(view.mailbox, one.info, data)
                if test_dear(one):
                    found.append(one.info.uid)
        await asyncio.sleep(0)  # others have their turn
    return found


def _split(key: Key) -> tuple[Key, Key]:
    """The part of a condition that needs no message, and the rest."""
    if not _is_dear(key):
        return key, Key("ALL")
    if key.name != "AND":
        return Key("ALL"), key
    cheap = tuple(one for one in key.keys if not _is_dear(one))
    dear = tuple(one for one in key.keys if _is_dear(one))
    return Key("AND", keys=cheap), Key("AND", keys=dear)


def _is_dear(key: Key) -> bool:
    return key.name in TEXTS or key.name == "HEADER" or key.name in _SENT or any(_is_dear(one) for one in key.keys)


def _compile(key: Key, view: View) -> Test:  # noqa: PLR0911  # one case a kind of key
    name = key.name
    if name in ("AND", "ALL"):
        tests = [_compile(one, view) for one in key.keys]
        return lambda one: all(test(one) for test in tests)
    if name == "OR":
        first, second = (_compile(one, view) for one in key.keys)
        return lambda one: first(one) or second(one)
    if name == "NOT":
        inner = _compile(key.keys[0], view)
        return lambda one: not inner(one)
    if name in ("NEW", "OLD"):
        return lambda one: ("\\Recent" in one.flags) is (name == "NEW") and (name == "OLD" or "\\Seen" not in one.flags)
    if name in ("SEQUENCE", "UID") and key.numbers is not None:
        return _among(key.numbers, view, by_uid=name == "UID")
    if name in DAYS and key.day is not None:
        return _on(name, key.day)
    if name in SIZES:
        return _sized(name, key.number)
    if name in TEXTS or name == "HEADER":
        return _containing(key)
    return _flagged(key)


def _flagged(key: Key) -> Test:
    wanted = not key.name.startswith("UN")
    name = key.name if wanted else key.name[2:]
    flag = key.text.lower() if name == "KEYWORD" else FLAGGED[name].lower()
    return lambda one: any(flag == there.lower() for there in one.flags) is wanted


def _among(numbers: Numbers, view: View, *, by_uid: bool) -> Test:
    if numbers.saved:
        saved = frozenset(view.saved)
        return lambda one: one.info.uid in saved
    if by_uid:
        uids = frozenset(numbers.resolve(view.uids))
        return lambda one: one.info.uid in uids
    chosen = frozenset(numbers.resolve(range(1, len(view.uids) + 1)))
    return lambda one: one.number in chosen


def _on(name: str, day: date) -> Test:
    kind = _SENT.get(name, name)

    def compare(found: date | None) -> bool:
        if found is None:
            return False
        return found < day if kind == "BEFORE" else found == day if kind == "ON" else found >= day

    if name in _SENT:
        return lambda one: compare(_sent(one))
    return lambda one: compare(datetime.fromtimestamp(one.info.received, UTC).date())


def _sent(one: Candidate) -> date | None:
    """The day of the Date field, as its author's clock had it."""
    for value in one.values("Date"):
        parsed = parsedate_tz(value)
        if parsed is not None:
            try:
                return date(*parsed[:3])
            except ValueError:
                return None
    return None


def _sized(name: str, number: int) -> Test:
    if name in ("LARGER", "SMALLER"):
        return lambda one: one.info.size > number if name == "LARGER" else one.info.size < number
    limit = time.time() - number
    return lambda one: one.info.received <= limit if name == "OLDER" else one.info.received >= limit


def _containing(key: Key) -> Test:
    wanted = key.text.casefold()
    if key.name == "BODY":
        return lambda one: wanted in one.body
    if key.name == "TEXT":
        return lambda one: (
            wanted in one.body
            or any(wanted in f"{name.decode('latin-1')}: {readable(value)}".casefold() for name, value in one.header)
        )
    field = key.field if key.name == "HEADER" else key.name
    return lambda one: any(wanted in value for value in one.values(field))


def _texts(data: bytes, part: Part) -> Iterator[str]:
    """The texts of a message and of messages in it, decoded; also their headers."""
    for one in part.parts:
        yield from _texts(data, one)
    if part.message is not None:
        yield readable(data[part.message.start : part.message.body])
        yield from _texts(data, part.message)
    if part.parts or part.message is not None or part.type.lower() != b"text":
        return
    try:
        octets = decoded(data[part.body : part.end], part.encoding)
    except UnknownEncoding:
        octets = data[part.body : part.end]
    charset = next((value for name, value in part.parameters if name.lower() == b"charset"), b"utf-8")
    try:
        yield octets.decode(charset.decode("ascii"), "replace")
    except (LookupError, ValueError):
        yield octets.decode("utf-8", "replace")


COMMANDS: dict[str, Handler] = {"SEARCH": search, "UID SEARCH": search}
