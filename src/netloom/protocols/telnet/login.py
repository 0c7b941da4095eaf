"""Prompts: logging in by what is asked, finding out what a prompt looks like, and commands between two of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from netloom.errors import (
    ConnectionLost,
    DeadlineExceeded,
    Phase,
    RemoteProtocolError,
    Unauthenticated,
    UsageError,
)
from netloom.wire.telnet.screen import shown

if TYPE_CHECKING:
    from netloom.endpoint import Secret
    from netloom.links.stream import Stream
    from netloom.protocols.telnet.layer import TelnetLayer

OUTPUT_LIMIT = 4 * 1024 * 1024
"""Bytes that a command may answer."""
_TAIL = 512
"""Bytes at the end of what was said in which a prompt is looked for."""
_TRIES = 5
_LOGIN = r"(?i)(?:^|[\r\n])[^\r\n]{0,80}(?:user ?name|(?<!last )login(?: name)?|user)\s?[:>]\s?$"
_PASSWORD = r"(?i)(?:^|[\r\n])[^\r\n]{0,80}pass(?:word|code|phrase)[^\r\n:]{0,40}:\s?$"  # noqa: S105  # a question
_PROMPT = r"(?:^|[\r\n])(?:\[edit[^\r\n]{0,200}\][\r\n]+)?[^\s][^\r\n]{0,120}[>#$%\]]\s?$"
_MORE = r"(?:--\s?more\s?--|---- More ----|---\(more[^\r\n]{0,20}\)---|<--- More --->)\s?$"
_REFUSED = re.compile(
    rb"(?i)login (?:incorrect|invalid|failed)|% ?(?:login invalid|authentication failed|bad (?:password|secret)s?)"
    rb"|authentication fail|access denied|permission denied|invalid (?:user|password|login|credentials)"
)


class Expected(NamedTuple):
    """What the end of what was said has to look like, for each thing that can be asked."""

    login: re.Pattern[bytes]
    password: re.Pattern[bytes]
    prompt: re.Pattern[bytes]
    more: re.Pattern[bytes]


def patterns(login: str = "", password: str = "", prompt: str = "") -> Expected:
    """The patterns, where an option doesn't give another. Raises UsageError."""
    return Expected(
        _compiled(login, _LOGIN), _compiled(password, _PASSWORD), _compiled(prompt, _PROMPT), _compiled("", _MORE)
    )


def _compiled(given: str, usual: str) -> re.Pattern[bytes]:
    try:
        text = f"(?:{given})\\s?$" if given else usual
        return re.compile(text.encode(), 0 if given else re.IGNORECASE)
    except re.error as error:
        raise UsageError(f"{given!r} is no regular expression: {error}") from None


class Conversation:
    """Whoever is logged in. `prompt` is the last line when a command is expected, `heard` what was said last."""

    def __init__(self, stream: Stream, layer: TelnetLayer, expected: Expected) -> None:
        self.stream = stream
        self.prompt = ""
        self.heard = b""
        self._layer = layer
        self._expected = expected

    async def until(self, *wanted: re.Pattern[bytes], after: bytes = b"") -> bytes:
        """What is said until its end matches one of the patterns, and `after` stands in it. Pages are turned.

        Raises RemoteProtocolError beyond the limit, ConnectionLost, DeadlineExceeded.
        """
        said = bytearray()
        try:
            while True:
                tail = bytes(said[-_TAIL:])
                if self._expected.more.search(tail):
                    await self.stream.write(b" ")
                elif any(pattern.search(tail) for pattern in wanted) and _has(said, after):
                    return bytes(said)
                chunk = await self.stream.read()
                if not chunk:
                    raise ConnectionLost(f"the server hung up; it said last: {_last(bytes(said))!r}")
                said += chunk
                if len(said) > OUTPUT_LIMIT:
                    raise RemoteProtocolError(f"more than {OUTPUT_LIMIT} bytes and no prompt")
        except DeadlineExceeded as error:
            error.hint = f"it said last: {_last(bytes(said))!r}; -O prompt=REGEX tells what its prompt is like"
            raise

    async def settle(self) -> None:
        """Find out what the prompt is: the line that comes again where an empty one is sent."""
        line = _last(self.heard)
        for _ in range(_TRIES):
            await self.stream.write(self._layer.newline)
            self.heard = await self.until(self._expected.prompt)
            found = _last(self.heard)
            if found == line:
                break
            line = found
        self.prompt = line

    async def command(self, command: str) -> str:
        """What a command shows: without its echo, and without the prompt after it."""
        said = command.encode()
        await self.stream.write(said + self._layer.newline)
        self.stream.enter(Phase.FIRST_BYTE)
        heard = await self.until(self._expected.prompt, after=said if self._layer.echoes else b"")
        text = shown(heard.decode("utf-8", "replace"))
        _, found, rest = text.partition(command)
        if found and self._layer.echoes:
            text = rest.partition("\n")[2]
        lines = text.splitlines()
        self.heard = heard
        new = _last(heard)
        if lines and lines[-1].strip() == new:
            del lines[-1]
        self.prompt = new
        while lines and (not lines[-1].strip() or lines[-1].startswith("[edit")):
            del lines[-1]
        return "".join(f"{line}\n" for line in lines)


async def log_in(
    stream: Stream, layer: TelnetLayer, expected: Expected, credentials: tuple[str, Secret | None]
) -> Conversation:
    """Answer what is asked until there is a prompt. Raises Unauthenticated."""
    user, password = credentials
    made = Conversation(stream, layer, expected)
    said_user = said_password = False
    heard = b""
    while True:
        heard = await _next(made, expected, said_password)
        tail = heard[-_TAIL:]
        if expected.password.search(tail):
            if said_password or password is None:
                raise _refused(heard, "there is no password" if password is None else "")
            stream.enter(Phase.AUTH)
            await stream.write(password.reveal().encode() + layer.newline)
            said_password = True
        elif expected.login.search(tail):
            if said_user or not user:
                raise _refused(heard, "" if user else "it asks for a user, and there is none")
            stream.enter(Phase.AUTH)
            await stream.write(user.encode() + layer.newline)
            said_user = True
        else:
            break
    made.heard = heard
    await made.settle()
    return made


async def _next(made: Conversation, expected: Expected, said_password: bool) -> bytes:
    try:
        return await made.until(expected.password, expected.login, expected.prompt)
    except ConnectionLost as error:
        if said_password:
            raise Unauthenticated(f"the login was refused: {error.message}") from error
        raise


def _refused(heard: bytes, why: str) -> Unauthenticated:
    found = _REFUSED.search(heard)
    words = found.group().decode("ascii", "replace") if found else "it asks again"
    return Unauthenticated(
        f"the server lets nobody in like that: {why or words}",
        text=words,
        hint="telnet://USER:PASSWORD@HOST; -O login_prompt and password_prompt tell what it asks",
    )


def _has(said: bytearray, after: bytes) -> bool:
    """Whether an echo has come. A terminal's width may have broken it into lines."""
    return not after or after in said or after in shown(said.decode("utf-8", "replace")).replace("\n", "").encode()


def _last(said: bytes) -> str:
    """The last line, as it is shown."""
    return (shown(said.decode("utf-8", "replace")).splitlines() or [""])[-1].strip()
