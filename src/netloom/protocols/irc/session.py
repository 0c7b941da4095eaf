"""Somebody who is connected: names, modes, capabilities, and how answers reach them (RFC 2812 §1.2.1)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.protocols.irc.said import Said, word
from netloom.wire.irc.message import Message

if TYPE_CHECKING:
    from netloom.links.context import Context
    from netloom.protocols.irc.channel import Channel
    from netloom.protocols.irc.network import Network
    from netloom.protocols.irc.options import Options
    from netloom.protocols.irc.outbox import Outbox

BATCH = "1"
"""The reference of the batch in which the answers to one command stand: there is never another."""


class Session:
    """One client's state. Before `registered` only some commands are for it."""

    def __init__(self, network: Network, context: Context, outbox: Outbox, server: str) -> None:
        self.network = network
        self.context = context
        self.options: Options = context.options
        self.outbox = outbox
        self.server = server
        self.address = context.peer.rpartition(":")[0].strip("[]")
        self.host = _host(self.address)
        self.nick = ""
        self.username = ""
        self.realname = ""
        self.account = ""
        self.password = ""
        self.away = ""
        self.registered = False
        self.negotiating = False
        self.secured = False
        self.external = ""
        self.over = ""
        self.caps: set[str] = set()
        self.modes: set[str] = set()
        self.channels: dict[str, Channel] = {}
        self.watched: set[str] = set()
        self.since = self.active = int(time.time())
        self._captured: list[Said] | None = None

    @property
    def mask(self) -> str:
        """`nick!user@host`."""
        return f"{self.nick or '*'}!{self.username or '*'}@{self.host}"

    @property
    def may_write(self) -> bool:
        """Without accounts a bus in memory is open; with them, speaking is writing."""
        accounts = self.context.accounts
        return not len(accounts) or accounts.may(accounts.get(self.account) if self.account else None, Right.WRITE)

    @property
    def private(self) -> bool:
        """Whether nobody on the way hears a password."""
        return self.secured or bool(self.context.endpoint.socket) or self.options.allow_plain_auth

    # Telling

    def tell(self, said: Said) -> None:
        """Something for this client; within a labelled command, a part of its answer."""
        if self._captured is not None:
            self._captured.append(said)
        else:
            self.outbox.push(said.form(self.caps))

    def reply(self, numeric: str, *params: str) -> None:
        """A numeric reply; of what isn't the last parameter only words are repeated."""
        words = [word(param) for param in params[:-1]]
        self.tell(Said(Message(numeric, (self.nick or "*", *words, *params[-1:]), self.server)))

    def from_server(self, command: str, *params: str) -> None:
        """A message of the server's own."""
        self.tell(Said(Message(command, params, self.server)))

    def said(self, command: str, *params: str, tags: dict[str, str] | None = None) -> Said:
        """What this client says, for others."""
        return Said(Message(command, params, self.mask), account=self.account, tags=tags)

    def end(self, reason: str) -> None:
        """The connection ends, and why."""
        self.over = self.over or reason

    def record(self, verb: str, target: str, status: str = "", size: int = 0) -> None:
        """What this client did."""
        if self.context.reports:
            self.context.access(verb, target[:200], status=status, user=self.account, size=size)

    # Labels (IRCv3 labeled-response)

    def begin_label(self) -> None:
        """From now on, what is told is an answer."""
        self._captured = []

    def end_label(self, label: str) -> None:
        """Say the answers: none as ACK, one with its label, several in a batch."""
        answers, self._captured = self._captured or [], None
        caps, push = self.caps, self.outbox.push
        if not answers:
            answers = [Said(Message("ACK", (), self.server))]
        if len(answers) == 1:
            push(answers[0].form(caps, {"label": label}))
            return
        opening = Said(Message("BATCH", (f"+{BATCH}", "labeled-response"), self.server))
        push(opening.form(caps, {"label": label}))
        for answer in answers:
            push(answer.form(caps, {"batch": BATCH}))
        push(Said(Message("BATCH", (f"-{BATCH}",), self.server)).form(caps))


def _host(address: str) -> str:
    """An address as it can stand in a message."""
    host = address.partition("%")[0] or "localhost"
    return f"0{host}" if host.startswith(":") else host
