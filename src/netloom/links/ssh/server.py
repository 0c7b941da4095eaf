"""The server's side of SSH: who may come in, and which protocol a session is for (RFC 4252, RFC 4253, RFC 4254)."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import asyncssh

from netloom.accounts import Right
from netloom.errors import NetloomError
from netloom.links.ssh.forward import forward
from netloom.links.ssh.handover import Handover, spare
from netloom.links.ssh.hostkeys import host_key
from netloom.links.ssh.options import SSHOptions
from netloom.links.ssh.session import ENVIRONMENT_LIMIT, Opening, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from netloom.accounts import Account, Accounts
    from netloom.links.context import Context
    from netloom.links.route import Route
    from netloom.links.stream import Stream

log = logging.getLogger("netloom.serve")

SOFTWARE = "netloom"
FORWARDS = 32
"""Connections to other places at once that one client may have opened."""
_LOOK_EVERY = 64 * 1024
# What asyncssh can do without SHA-1 and without other companies' names for the same
_KEX = "-*sha1,*@ssh.com,rsa2048-sha256"
_MACS = "-*sha1*,*@ssh.com"
_GUESSED = "curve25519-sha256"

_waiting: WeakKeyDictionary[Accounts, int] = WeakKeyDictionary()
"""How many connections haven't logged in yet, for each server (its accounts are its own)."""


async def carry(stream: Stream, routes: list[Route], context: Context) -> None:
    """One accepted connection: sessions go to the route that they are for, until the client leaves."""
    options = next((route.options for route in routes if isinstance(route.options, SSHOptions)), SSHOptions())
    if _waiting.get(context.accounts, 0) >= options.max_startups:
        log.warning("connection from %s refused: too many haven't logged in yet", context.peer)
        stream.abort()
        return
    _waiting[context.accounts] = _waiting.get(context.accounts, 0) + 1  # those who come at once are counted one by one
    try:
        key = await asyncio.to_thread(host_key, options.host_key)
    finally:
        _waiting[context.accounts] -= 1
    async with asyncio.TaskGroup() as group:
        door = Door(stream, routes, context, options, group)
        try:
            await door.open(key)
            await door.closed.wait()
        finally:
            door.end()


class Doorway(Handover):
    """The server's place below asyncssh: looks after what a client makes us keep."""

    def __init__(self, stream: asyncio.Protocol) -> None:
        super().__init__(stream)
        self.sessions: set[Opening] = set()
        self._since = 0

    def data_received(self, data: bytes) -> None:
        self._since += len(data)
        self.upper.data_received(data)
        if self._since > _LOOK_EVERY:
            self._since = 0
            if sum(session.environment_size() for session in self.sessions) > ENVIRONMENT_LIMIT:
                log.warning("a client sets too many environment variables")
                self.lower.abort()


class Door(asyncssh.SSHServer):
    """asyncssh's questions about one connection."""

    def __init__(
        self, stream: Stream, routes: list[Route], context: Context, options: SSHOptions, group: asyncio.TaskGroup
    ) -> None:
        self.closed = asyncio.Event()
        self.account: Account | None = None
        self.user = ""
        self._stream = stream
        self._routes = routes
        self._context = context
        self._options = options
        self._group = group
        self._below = Doorway.of(stream)
        self._connection: asyncssh.SSHServerConnection | None = None
        self._failures = 0
        self._denied = False
        self._forwards = 0
        self._counted = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._silence: asyncio.TimerHandle | None = None

    # The connection

    async def open(self, key: asyncssh.SSHKey) -> None:
        """Hand the stream to asyncssh: it is told to listen on something of ours that only takes its factory."""
        self._count(1)
        place = _Place()
        await asyncssh.listen("", 0, tunnel=place, server_factory=lambda: self, **self._arguments(key))
        self._stream.attach(place.factory("", 0))

    def _arguments(self, key: asyncssh.SSHKey) -> dict[str, Any]:
        options = self._options
        return {
            "config": None,
            "server_host_keys": [key],
            "server_version": SOFTWARE,
            "gss_host": None,
            "kex_algs": _kex(),
            "mac_algs": _MACS,
            "x509_trusted_certs": None,
            "host_based_auth": False,
            "agent_forwarding": False,
            "x11_forwarding": False,
            "allow_scp": False,
            "encoding": None,
            "line_editor": False,
            "login_timeout": options.login_grace,
            "keepalive_interval": options.alive_interval,
            "rekey_bytes": options.rekey_bytes,
            "rekey_seconds": options.rekey_seconds or None,
        }

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        spare(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            log.debug("%s: %s", self._context.peer, exc)
        self.closed.set()

    def end(self) -> None:
        """Let everything go that belongs to this connection."""
        self._count(-1)
        self._watch_silence(False)
        for task in self._tasks:
            task.cancel()
        if self._connection is not None:
            self._connection.disconnect(asyncssh.DISC_BY_APPLICATION, "the server ends this connection")
        else:
            self._stream.abort()

    def _count(self, change: int) -> None:
        if (change > 0) != self._counted:
            accounts = self._context.accounts
            _waiting[accounts] = _waiting.get(accounts, 0) + change
            self._counted = change > 0

    def _watch_silence(self, wanted: bool = True) -> None:
        """A client that has logged in and wants nothing is let go after `idle`."""
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if wanted and not self._tasks:
            self._silence = asyncio.get_running_loop().call_later(self._context.idle, self.closed.set)

    # Logging in

    def begin_auth(self, username: str) -> bool:
        """Whether a proof is needed: of everybody where there are accounts, so that a name tells nothing; a shell isn't
        given to whoever asks. Without any accounts anybody who may read comes in, unless a fault wants nobody to."""
        accounts = self._context.accounts
        self._denied = self._refused("login", username)
        return self._denied or len(accounts) > 0 or not accounts.may(None, Right.READ)

    def password_auth_supported(self) -> bool:
        return any(account.password is not None for account in self._context.accounts)

    def public_key_auth_supported(self) -> bool:
        return any(account.keys for account in self._context.accounts)

    async def validate_password(self, username: str, password: str) -> bool:
        account = None
        if not self._denied:
            account = await self._context.accounts.authenticate(username, password, self._host)
        if account is None:
            self._context.access("LOGIN", "password", user=username[:64], status="refused")
        return self._judged(account)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        line = key.export_public_key("openssh").decode("ascii", "replace")
        return self._judged(None if self._denied else self._context.accounts.verify_key(username, line))

    def change_password(self, username: str, old_password: str, new_password: str) -> bool:
        return self._judged(None)  # nobody can, and to try is an attempt like others

    def auth_completed(self) -> None:
        self.user = str(self._connection.get_extra_info("username")) if self._connection is not None else ""
        self.account = self._context.accounts.get(self.user)
        if self.account is not None:
            self._context.accounts.note(self.account, self._host)
        self._count(-1)
        self._watch_silence()
        self._context.access("LOGIN", user=self.user, status="ok" if self.account is not None else "anonymous")

    @property
    def _host(self) -> str:
        return self._context.peer.rpartition(":")[0].strip("[]")

    def _judged(self, account: Account | None) -> bool:
        if account is not None:
            return True
        self._failures += 1
        if self._failures >= self._options.max_auth_tries:
            raise asyncssh.DisconnectError(
                asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "Too many authentication failures"
            )
        return False

    def _refused(self, step: str, target: str) -> bool:
        """Whether a fault wants a step to be refused. Raises DisconnectError, or ChannelOpenError for a session, where
        its code is one of those."""
        no = self._context.refuses(step, target=target, by="ssh")
        if no is None:
            return False
        self._context.access(step.upper(), target[:200], user=self.user, status=no.code)
        if no.code.startswith("OPEN_") and step == "session":
            raise asyncssh.ChannelOpenError(no.number, no.words())
        if no.number and not no.code.startswith("OPEN_"):
            raise asyncssh.DisconnectError(no.number, no.words())
        return True

    # Sessions

    def session_requested(self) -> Any:
        if len(self._below.sessions) >= self._options.max_sessions:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_RESOURCE_SHORTAGE, "too many sessions")
        self._refused("session", self.user)
        opening = Opening(self._below, self._accepts, lambda session: self._begin(opening, session))
        opening.on_lost = lambda: self._below.sessions.discard(opening)
        self._below.sessions.add(opening)
        return opening

    def _accepts(self, session: Session) -> bool:
        if self._context.closing or self._route(session) is None:
            return False
        return not self._refused("request", session.command or session.subsystem or "shell")

    def _route(self, session: Session) -> Route | None:
        wanted = session.subsystem or ""
        return next((route for route in self._routes if route.scheme.channel == wanted), None)

    def _begin(self, opening: Opening, session: Session) -> None:
        session.user, session.account = self.user, self.account
        session.stream.set_idle(self._context.idle)
        route = self._route(session)
        if route is not None:
            self._work(self._serve(session, route))

    async def _serve(self, session: Session, route: Route) -> None:
        context = self._context
        if route is not self._routes[0]:
            context = context.for_route(route)
        try:
            await route.serve(session, route.content, context)
            async with asyncio.timeout(self._context.idle):
                await session.stream.close()
        except NetloomError as error:
            log.debug("%s: %s", context.peer, error.message)
        except TimeoutError:
            log.debug("%s: the client doesn't close its session", context.peer)
        finally:
            session.stream.abort()

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._group.create_task(work)
        self._tasks.add(task)
        self._watch_silence(False)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not self.closed.is_set():
            self._watch_silence()

    # Connections to other places

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> Any:
        """Only accounts that may write, where the option lets them: nobody uses us as a relay by accident."""
        allowed = self.account is not None and self._context.accounts.may(self.account, Right.WRITE)
        if self._options.forward == "no" or not allowed:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "forwarding isn't allowed")
        if self._forwards >= FORWARDS:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_RESOURCE_SHORTAGE, "too many connections")
        return self._forwarded(dest_host, dest_port)

    async def _forwarded(self, host: str, port: int) -> Any:
        self._forwards += 1
        try:
            ends, relay = await forward(
                self._context.network, self._below, (host, port), anywhere=self._options.forward == "any"
            )
        except BaseException:
            self._forwards -= 1
            raise
        self._context.access("FORWARD", f"{host}:{port}", user=self.user)
        self._work(self._relay(relay))
        return ends

    async def _relay(self, relay: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            with contextlib.suppress(NetloomError):
                await relay()
        finally:
            self._forwards -= 1


@functools.cache
def _kex() -> list[str]:
    """Our key exchange methods. The client's order decides, but some (Dropbear) send what belongs to its first method
    along (RFC 4253 §7), and asyncssh believes that this was right whenever that method is agreed on: with another one
    first in our list it wasn't, and they would send it again."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    known = asyncssh.SSHServerConnectionOptions(
        config=None, server_host_keys=[key], gss_host=None, x509_trusted_certs=None, kex_algs=_KEX
    )
    names = [name.decode("ascii") for name in known.kex_algs]
    return [_GUESSED, *(name for name in names if name != _GUESSED)]


class _Place:
    """What asyncssh believes to listen on."""

    factory: Callable[[str, int], Any]

    async def create_server(self, factory: Callable[[str, int], Any], host: str, port: int) -> _Place:
        self.factory = factory
        return self
