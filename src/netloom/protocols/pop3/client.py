"""POP3, the client's side: messages to list and to get (RFC 1939)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.errors import PeerRefused, Phase, UsageError
from netloom.links.entering import anonymous, login_of, upgrade
from netloom.protocols.pop3.dialogue import Dialogue
from netloom.protocols.pop3.options import Pop3Options
from netloom.shapes import Entry, Reply
from netloom.wire.pop3 import responses
from netloom.wire.pop3.commands import Command
from netloom.wire.subject import subject_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler

_BATCH = 20
_HEADER = 1 << 20
_NONE = "netloom list tells which messages there are"


class Client:
    """Fetches mail. One session is used for all, up to a message that is removed: it goes as the session ends."""

    Options = Pop3Options

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: Pop3Options) -> None:
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
            dialogue = Dialogue(await self._dial.stream())
            try:
                await dialogue.greet()
                await upgrade(dialogue, self._dial, login, "pop3s", "STLS")
                login = login or anonymous(self.options, dialogue.mechanisms)
                if login is not None:
                    await dialogue.login(login)
            finally:
                learnt(dialogue)
            self._dialogue = dialogue
        return self._dialogue

    async def get(self, path: str) -> Reply:
        """A message: that of the path's number, of the option `uid`, or the newest."""
        dialogue = await self._ready()
        number = await self._number(dialogue, path)
        lines = self.options.lines
        command = Command("RETR", str(number)) if lines is None else Command("TOP", f"{number} {lines}")
        meta: dict[str, Any] = {"number": number}
        if "UIDL" in dialogue.capabilities or not dialogue.capabilities:
            meta["uid"] = await _uid(dialogue, number)
        dialogue.enter(Phase.FIRST_BYTE)
        await dialogue.ask(command)
        return Reply(meta, body=self._body(dialogue, number))

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """The messages, the oldest first."""
        dialogue = await self._ready()
        sizes = responses.parse_listing(await dialogue.ask_lines(Command("LIST")))
        uids: dict[int, str] = {}
        if sizes and ("UIDL" in dialogue.capabilities or not dialogue.capabilities):
            uids = responses.parse_listing(await dialogue.ask_lines(Command("UIDL")))
        numbers = sorted(sizes)[-self.options.limit_messages :]
        looks = self.options.subjects and ("TOP" in dialogue.capabilities or not dialogue.capabilities)
        for at in range(0, len(numbers), _BATCH):
            batch = numbers[at : at + _BATCH]
            heads: list[bytes | None] = [None] * len(batch)
            if looks:
                heads = await dialogue.each((Command("TOP", f"{number} 0") for number in batch), _HEADER)
            for number, head in zip(batch, heads, strict=True):
                yield _entry(number, sizes[number], uids.get(number, ""), head)

    async def status(self, dialogue: Dialogue) -> tuple[int, int]:
        """How many messages there are, and their octets."""
        return responses.parse_pair((await dialogue.ask(Command("STAT"))).text)

    async def close(self) -> None:
        """Say QUIT, and close."""
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            await dialogue.quit()

    # Inside

    async def _ready(self) -> Dialogue:
        """A session of somebody who is logged in."""
        dialogue = await self.begin()
        if not dialogue.mechanism:
            raise UsageError("whose mail? A user is needed", hint="pop3://USER:PASSWORD@HOST")
        dialogue.enter(Phase.REQUEST)
        return dialogue

    async def _number(self, dialogue: Dialogue, path: str) -> int:
        word = path.strip("/")
        if word:
            if not (word.isascii() and word.isdigit() and 0 < int(word) < 2**32):
                raise UsageError(f"/{word[:40]}: a message's number is expected", hint="pop3://HOST/1")
            return int(word)
        if self.options.uid:
            uids = responses.parse_listing(await dialogue.ask_lines(Command("UIDL")))
            found = next((number for number, uid in uids.items() if uid == self.options.uid), 0)
            if not found:
                raise PeerRefused(f"there is no message {self.options.uid}", code="-ERR", hint=_NONE)
            return found
        count, _ = await self.status(dialogue)
        if not count:
            raise PeerRefused("there is no message", code="-ERR")
        return count

    async def _body(self, dialogue: Dialogue, number: int) -> AsyncIterator[bytes]:
        async for piece in dialogue.pieces(self.options.max_message):
            yield piece
        if self.options.delete:
            # It only goes with QUIT, and whether it went is told there (RFC 1939 §6)
            await dialogue.ask(Command("DELE", str(number)))
            self._dialogue = None
            await dialogue.part()


async def _uid(dialogue: Dialogue, number: int) -> str:
    words = (await dialogue.ask(Command("UIDL", str(number)))).text.split(" ")
    return words[1] if len(words) > 1 else words[0]  # Twisted leaves the number out


def _entry(number: int, size: str, uid: str, head: bytes | None) -> Entry:
    value: dict[str, Any] = {"uid": uid} if uid else {}
    if head is not None:
        value["subject"] = subject_of(head)
    return Entry(
        name=str(number),
        path=f"/{number}",
        kind="message",
        size=int(size) if size.isascii() and size.isdigit() and len(size) <= 20 else None,
        value=value or None,
    )
