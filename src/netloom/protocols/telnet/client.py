"""Telnet, the client's side: log in by what is asked, carry out commands, or hand the terminal over (RFC 854)."""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.errors import LocalProtocolError, Phase, UsageError
from netloom.links.options import Seconds
from netloom.links.proxy import chain
from netloom.protocols.telnet.channel import TelnetChannel
from netloom.protocols.telnet.login import Expected, log_in, patterns
from netloom.protocols.telnet.terminal import ClientLayer
from netloom.shapes import Reply

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint, Secret
    from netloom.links.dial import Dialler
    from netloom.links.stream import Stream
    from netloom.protocols.telnet.login import Conversation


class TelnetOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What Telnet can be told."""

    allow_plain_auth: Annotated[
        bool, Meta(description="say the password without TLS to another machine, for everybody on the way to read")
    ] = False
    term: Annotated[str, Meta(description="type of terminal to be (default: TERM)")] = ""
    env: Annotated[tuple[str, ...], Meta(description="NAME=VALUE to tell the server, where it asks")] = ()
    login_prompt: Annotated[str, Meta(description="regular expression that ends in the question for the user")] = ""
    password_prompt: Annotated[
        str, Meta(description="regular expression that ends in the question for the password")
    ] = ""
    prompt: Annotated[str, Meta(description="regular expression of the last line when a command is expected")] = ""
    quiet: Annotated[Seconds, Meta(description="probe: seconds without a word after which a greeting is over")] = 2.0
    login_grace: Annotated[Seconds, Meta(description="serving: seconds in which a client has to log in")] = 60.0
    max_auth_tries: Annotated[int, Meta(ge=1, description="serving: failed attempts to log in per connection")] = 3


class Client:
    """One connection, logged in where there is a user, and commands in it."""

    Options = TelnetOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: TelnetOptions) -> None:
        self.dial = dial
        self.endpoint = endpoint
        self.options = options
        self.layer: ClientLayer | None = None
        self.expected: Expected = patterns(options.login_prompt, options.password_prompt, options.prompt)
        self._environment = _variables(options.env)
        self._conversation: Conversation | None = None

    async def connect(self) -> Stream:
        """A stream of what is said, with its options answered. Raises UsageError before a password may be seen."""
        stream = await self.dial.stream()
        self._check_way(stream)
        size = _size()
        self.layer = ClientLayer.over(stream, self.options.term or os.environ.get("TERM", "dumb"), size)
        self.layer.environment = {"USER": self.endpoint.user, **self._environment} if self.endpoint.user else {}
        self.layer.environment.update(self._environment)
        stream.enter(Phase.GREETING)
        return stream

    async def conversation(self) -> Conversation:
        """Logged in, at the first prompt. Raises Unauthenticated."""
        if self._conversation is None:
            user, password = self._credentials()
            _one_line("a user's name", user)
            _one_line("a password", password.reveal() if password is not None else "")
            stream = await self.connect()
            assert self.layer is not None  # noqa: S101  # just made
            self._conversation = await log_in(stream, self.layer, self.expected, (user, password))
        return self._conversation

    async def run(self, command: str) -> Reply:
        """Carry out a command. Its output is the body, as a terminal would show it; Telnet tells no exit status."""
        _one_line("a command", command)
        conversation = await self.conversation()
        self.dial.trace.enter(Phase.REQUEST)
        output = await conversation.command(command)
        return Reply({"prompt": conversation.prompt}, body=output.encode())

    async def open(self) -> TelnetChannel:
        """The terminal itself: at its first prompt where there is a user, and before the login otherwise."""
        if not self.endpoint.user:
            stream = await self.connect()
            assert self.layer is not None  # noqa: S101  # just made
            return TelnetChannel(stream, self.layer)
        conversation = await self.conversation()
        assert self.layer is not None  # noqa: S101  # there is one where there is a conversation
        return TelnetChannel(conversation.stream, self.layer, conversation.heard)

    async def close(self) -> None:
        """Hang up."""
        self._conversation = None
        await self.dial.close()

    def _credentials(self) -> tuple[str, Secret | None]:
        return self.endpoint.user, self.endpoint.password

    def _check_way(self, stream: Stream) -> None:
        """A password is said inside TLS, and where it doesn't leave this machine; elsewhere only if that is wanted."""
        private = stream.info("tls") is not None or bool(self.endpoint.socket) or self._stays_here(stream)
        if self.endpoint.password and not private and not self.options.allow_plain_auth:
            raise UsageError(
                "Telnet isn't encrypted: the password isn't said to another machine",
                hint="telnets://, ssh://, or -O allow_plain_auth=yes says it for everybody on the way to read",
            )

    def _stays_here(self, stream: Stream) -> bool:
        if chain(self.dial.options, self.endpoint):
            return False
        peer = stream.info("peername")
        try:
            return isinstance(peer, tuple) and ipaddress.ip_address(str(peer[0]).partition("%")[0]).is_loopback
        except ValueError:
            return False


def _one_line(what: str, text: str) -> None:
    """What ends in a line of its own can't have another one in it."""
    if any(letter in text for letter in "\r\n\0"):
        raise LocalProtocolError(f"{what} is one line", rule="RFC 854")


def _variables(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise UsageError(f"env is NAME=VALUE, not {pair!r}")
        found[name] = value
    return found


def _size() -> tuple[int, int]:
    """As large as the terminal that we run in, where there is one."""
    for descriptor in (0, 1, 2):
        if os.isatty(descriptor):
            size = os.get_terminal_size(descriptor)
            return size.columns, size.lines
    return 511, 0
