"""A conversation by hand: lines that are typed are said, and what others say is shown (after many a client)."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import TYPE_CHECKING

from netloom.errors import ConnectionLost, LocalProtocolError, PeerRefused
from netloom.records import Message as Heard
from netloom.wire.irc import ctcp
from netloom.wire.irc.message import Message, emit, parse, readable

if TYPE_CHECKING:
    from netloom.protocols.irc.dialogue import Dialogue

_LINE_LIMIT = 64 * 1024
_FORMATTING = re.compile(
    r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d-\x1f]"
)
_HARMLESS = "\t\u200d"
_TAGS = {"time": "time", "account": "account", "msgid": "msgid"}


def heard(said: Message) -> Heard:
    """What somebody says as a record has it. What isn't UTF-8 stays as it is in the payload."""
    asked = ctcp.parse(said.text)
    properties = {"command": said.command}
    properties |= {name: value for tag, name in _TAGS.items() if (value := said.tags.get(tag, ""))}
    if asked is not None:
        properties["ctcp"] = asked.command
    text = said.text if asked is None else asked.text
    return Heard(
        topic=readable(said.params[0]),
        payload=text.encode("utf-8", "surrogateescape"),
        sender=readable(said.source),
        properties={name: readable(value) for name, value in properties.items()},
    )


class Conversation:
    """`read` gives what is heard, a line each; `write` takes what is typed: a text for where we talk, or a command.

    /join, /part, /msg, /me, /nick, /topic, /quit are as everywhere; any other `/WORD …` is said to the server as it is.
    """

    def __init__(self, dialogue: Dialogue, target: str) -> None:
        self.peer = dialogue.link.peer
        self._dialogue = dialogue
        self._target = target
        self._typed = b""
        self._shown: deque[bytes] = deque()
        self._more = asyncio.Event()
        self._hearing: asyncio.Task[Message] | None = None
        self._quit = False

    async def read(self) -> bytes:
        """The next line that is worth showing; b"" at the end."""
        while not self._shown:
            message = await self._next()
            if message is None:
                if not self._shown:
                    return b""
            elif line := self._line(message):
                self._show(line)
        return self._shown.popleft()

    async def _next(self) -> Message | None:
        """The next message; None where there is something to show besides, and at the end."""
        self._more.clear()
        if self._hearing is None:
            self._hearing = asyncio.create_task(self._dialogue.hear())
            self._hearing.add_done_callback(_seen)
        waking = asyncio.create_task(self._more.wait())
        try:
            await asyncio.wait({self._hearing, waking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()
            await asyncio.wait({waking})
            if not self._hearing.done() and not self._shown:
                await self._stop()  # we were cancelled
        if self._shown or not self._hearing.done():
            return None
        hearing, self._hearing = self._hearing, None
        try:
            return hearing.result()
        except (ConnectionLost, PeerRefused):
            if self._quit:
                return None
            raise

    async def _stop(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.wait({self._hearing})
            self._hearing = None

    def _show(self, line: str) -> None:
        self._shown.append(self._harmless(line).encode("utf-8", "surrogateescape") + b"\n")

    def _harmless(self, line: str) -> str:
        """Without colours and their like, and with nothing that a terminal would obey."""
        return "".join(
            c if c.isprintable() or c in _HARMLESS else f"\\x{ord(c):02x}" for c in _FORMATTING.sub("", line)
        )

    def _line(self, message: Message) -> str:
        """A message as it is shown, or nothing."""
        said, who, params = message.command, message.nick, message.params
        if said in ("PRIVMSG", "NOTICE") and params:
            return self._text(message)
        if said in ("JOIN", "PART", "KICK", "TOPIC", "MODE", "INVITE", "NICK", "QUIT", "AWAY"):
            return f"* {who} {said.lower()} {' '.join(params)}".rstrip()
        if said.isdigit():
            return f"- {' '.join(params[1:])}"
        return f"- {said} {' '.join(params)}" if said in ("ERROR", "FAIL", "WARN", "NOTE") else ""

    def _text(self, message: Message) -> str:
        where = message.params[0]
        place = "" if self._dialogue.fold(where) == self._dialogue.fold(self._target) else f"{where} "
        asked = ctcp.parse(message.text)
        if asked is not None and asked.command == "ACTION":
            return f"{place}* {message.nick} {asked.text}"
        if asked is not None:
            return f"{place}({message.nick} asks: {asked.command} {asked.text})"
        marks = "<>" if message.command == "PRIVMSG" else "--"
        return f"{place}{marks[0]}{message.nick}{marks[1]} {message.text}"

    async def write(self, data: bytes) -> None:
        """What is typed, in pieces of any size. Raises LocalProtocolError for what can't be said."""
        lines = (self._typed + data).split(b"\n")
        self._typed = lines.pop()
        if len(self._typed) > _LINE_LIMIT:
            raise LocalProtocolError(f"a line of more than {_LINE_LIMIT} bytes")
        for line in lines:
            await self._type(line.removesuffix(b"\r").decode("utf-8", "surrogateescape"))

    async def _type(self, line: str) -> None:
        if not line:
            return
        if not line.startswith("/") or line.startswith("//"):
            await self._tell(self._target, line.removeprefix("/"))
            return
        word, _, rest = line[1:].partition(" ")
        word = word.upper()
        first, _, text = rest.partition(" ")
        if word == "ME":
            await self._tell(self._target, ctcp.emit(ctcp.Request("ACTION", rest)))
        elif word == "MSG":
            await self._tell(first, text)
        elif word == "TOPIC":
            await self._dialogue.say("TOPIC", self._target, rest)
        elif word == "QUIT":
            await self._leave(rest or "netloom")
        else:
            await self._command(word, rest)

    async def _command(self, word: str, rest: str) -> None:
        message = parse(f"{rest if word in ('QUOTE', 'RAW') else f'{word} {rest}'}".encode("utf-8", "surrogateescape"))
        await self._dialogue.link.write(emit(message))
        if message.command == "JOIN" and message.params:
            self._target = message.params[0].rpartition(",")[2]

    async def _tell(self, target: str, text: str) -> None:
        dialogue = self._dialogue
        for line in dialogue.lines("PRIVMSG", target, text):
            await dialogue.say("PRIVMSG", target, line)
            if "echo-message" not in dialogue.caps:
                self._show(self._text(Message("PRIVMSG", (target, line), dialogue.nick)))
                self._more.set()

    async def _leave(self, reason: str) -> None:
        self._quit = True
        await self._dialogue.say("QUIT", reason)

    async def write_eof(self) -> None:
        """Nothing more is typed: say what stands there without an end, and QUIT."""
        if not self._quit:
            rest, self._typed = self._typed, b""
            if rest:
                await self.write(rest + b"\n")
            await self._leave("netloom")

    async def close(self) -> None:
        """Hear nothing more."""
        await self._stop()


class RawConversation(Conversation):
    """Lines of the protocol itself, both ways, as they are."""

    def _harmless(self, line: str) -> str:
        return line

    def _line(self, message: Message) -> str:
        return emit(message, 1 << 20).decode("utf-8", "surrogateescape").removesuffix("\r\n")

    async def _type(self, line: str) -> None:
        if line:
            await self._dialogue.link.write(emit(parse(line.encode("utf-8", "surrogateescape"))))


def _seen(hearing: asyncio.Task[Message]) -> None:
    """How it ended matters to whoever reads on, and perhaps nobody does."""
    if not hearing.cancelled():
        hearing.exception()
