"""Telnet, the server's side: options, a login, and a session at a simulated device (RFC 854, RFC 857, RFC 1073)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.contents import TooLarge
from netloom.contents.shell import Busy, Visitor
from netloom.contents.shell.console import Console, Terminal
from netloom.contents.shell.dialogue import Dialogue
from netloom.protocols.telnet.layer import TelnetLayer
from netloom.wire.telnet import codes, subnegotiation

if TYPE_CHECKING:
    from netloom.accounts import Account
    from netloom.contents.shell import Shell
    from netloom.links.context import Context
    from netloom.links.stream import Stream
    from netloom.wire.telnet.options import Change

LINE_LIMIT = 1024
_VALUE_LIMIT = 1024
_GRACE = 2.0  # seconds in which what a client says meanwhile is still heard
_TRUSTED_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")


class ServerLayer(TelnetLayer):
    """We echo, and the client tells its terminal, its size and its variables."""

    OURS = frozenset({codes.ECHO, codes.SGA, codes.BINARY, codes.CHARSET})
    THEIRS = frozenset({codes.SGA, codes.BINARY, codes.NAWS, codes.TTYPE, codes.NEW_ENVIRON, codes.CHARSET})
    KEYS = {  # noqa: RUF012  # as declared
        codes.IP: b"\x03", codes.BRK: b"\x03", codes.ABORT: b"\x03", codes.EC: b"\x7f", codes.EL: b"\x15",
        codes.SUSP: b"\x1a", codes.EOF: b"\x04",
    }  # fmt: skip

    def __init__(self, stream: Stream, insists: bool) -> None:
        super().__init__(stream)
        self.terminal = Terminal(echoes=insists)
        self._insists = insists
        self.environment: dict[str, str] = {}

    def changed(self, change: Change) -> None:
        if change.ours and change.option == codes.ECHO:
            self.terminal.echoes = change.on or self._insists
        elif change.ours and change.option == codes.CHARSET and change.on:
            self.tell(codes.CHARSET, subnegotiation.emit_charset(subnegotiation.REQUEST, ["UTF-8"]))
        elif not change.ours and change.on and change.option == codes.TTYPE:
            self.tell(codes.TTYPE, subnegotiation.emit_terminal(None))
        elif not change.ours and change.on and change.option == codes.NEW_ENVIRON:
            self.tell(codes.NEW_ENVIRON, subnegotiation.emit_variables(subnegotiation.SEND, []))

    def said(self, option: int, data: bytes) -> None:
        if option == codes.NAWS:
            window = subnegotiation.parse_window(data)
            self.terminal.columns, self.terminal.rows = window.columns or 80, window.rows
        elif option == codes.TTYPE:
            self.terminal.kind = (subnegotiation.parse_terminal(data) or "").lower()
        elif option == codes.NEW_ENVIRON:
            verb, variables = subnegotiation.parse_variables(data)
            if verb != subnegotiation.SEND:
                self._set(variables)
        elif option == codes.CHARSET:
            verb, names = subnegotiation.parse_charset(data)
            if verb == subnegotiation.REQUEST:
                known = [name for name in names if name.upper() == "UTF-8"]
                answer = subnegotiation.ACCEPTED if known else subnegotiation.REJECTED
                self.tell(codes.CHARSET, subnegotiation.emit_charset(answer, known[:1]))

    def _set(self, variables: list[subnegotiation.Variable]) -> None:
        """Variables that a shell can have; the later one of a name counts."""
        for variable in variables:
            name = variable.name.decode("latin-1")
            if variable.value is None or len(variable.value) > _VALUE_LIMIT or not _TRUSTED_NAME.issuperset(name):
                continue
            if name in self.environment or len(self.environment) < subnegotiation.VARIABLES:
                self.environment[name] = variable.value.decode("utf-8", "replace")


async def serve(link: Stream, content: Shell, context: Context) -> None:
    """One connection: a login, where there are accounts, and a session."""
    layer = ServerLayer.over(link, content.login.insists)
    layer.ask(
        ours=(codes.ECHO, codes.SGA, codes.CHARSET), theirs=(codes.SGA, codes.TTYPE, codes.NAWS, codes.NEW_ENVIRON)
    )
    console = Console(link, layer.terminal, limit=LINE_LIMIT, idle=context.idle)
    try:
        async with asyncio.timeout(context.options.login_grace):
            come = await _log_in(console, content, context)
    except TimeoutError:
        await _dismiss(console, link, "\nLogin timed out")
        return
    if come is None:
        await link.part(_GRACE)
        return
    user, account = come
    visitor = Visitor(
        user=user,
        via="telnet",
        peer=context.peer,
        may_write=context.accounts.may(account, Right.WRITE),
        environment=layer.environment,
        columns=layer.terminal.columns,
        rows=layer.terminal.rows,
    )
    no = context.refuses("session", target=user)
    if no is not None:
        context.access("SESSION", user=user, status=no.code)
        await _dismiss(console, link, no.words())
        return
    try:
        sitting = content.sit(visitor)
    except (TooLarge, Busy) as error:
        await _dismiss(console, link, error.message)
        return
    try:
        await Dialogue(console, sitting, context, user).interact()
    finally:
        sitting.close()


async def _dismiss(console: Console, link: Stream, words: str) -> None:
    """Say why, and let go so that it is heard."""
    await console.show(f"{words}\n")
    await link.part(_GRACE)


async def _log_in(console: Console, content: Shell, context: Context) -> tuple[str, Account | None] | None:
    """Who is there, or None where that isn't shown in a few attempts. Without any accounts it is whoever comes."""
    accounts, login = context.accounts, content.login
    if not len(accounts) and accounts.may(None, Right.READ):
        return "guest", None
    await console.show(login.greeting)
    for _ in range(context.options.max_auth_tries):
        name = await console.line(login.user)
        if name.kind != "line":
            return None
        password = await console.line(login.password, hidden=True)
        if password.kind != "line":
            return None
        host = context.peer.rpartition(":")[0].strip("[]")
        no = context.refuses("login", target=name.line)
        with context.working():
            account = await accounts.authenticate(name.line, password.line, host) if no is None else None
        context.access("LOGIN", user=name.line[:64], status="ok" if account is not None else "refused")
        if account is not None:
            return account.name, account
        await console.show(login.refused if no is None else no.words() + "\n")
    return None
