"""The client's side of SSH: a connection over one of our streams, and channels in it (RFC 4252, RFC 4253, RFC 4254)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncssh
from msgspec import Struct

from netloom.errors import LocalProtocolError, NetloomError, Phase, Unauthenticated
from netloom.links.ssh.channel import ChannelStream, ClientEnds
from netloom.links.ssh.greeting import Greeting
from netloom.links.ssh.handover import spare
from netloom.links.ssh.settle import Settled, settle
from netloom.links.ssh.translate import translated, unprepared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.ssh.options import SSHOptions
    from netloom.links.stream import Stream

BANNER_LIMIT = 8192
"""Characters of what a server says before logging in (RFC 4252 §5.4) that are kept."""
SOFTWARE = "netloom"
_FAST = "^aes*-gcm@openssh.com"
"""Ciphers that are asked for first: they take a third of what asyncssh's ChaCha20 does, whose every packet is three."""


class Terminal(Struct, frozen=True):
    """A terminal to be had at the other side: its type, and its size in characters."""

    kind: str = "xterm"
    columns: int = 80
    rows: int = 24


class Connection:
    """An SSH connection, logged in. `raw` is asyncssh's."""

    def __init__(self, raw: asyncssh.SSHClientConnection, dial: Dialler, login: Login) -> None:
        self.raw = raw
        self.greeting = login.greeting
        self.banner = login.banner
        self._login = login
        self.user = str(raw.get_extra_info("username", ""))
        self.method = next(iter(raw.get_server_auth_methods()), "")
        self._dial = dial

    async def session(
        self,
        command: str | None = None,
        *,
        subsystem: str | None = None,
        terminal: Terminal | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> ChannelStream:
        """A command, a subsystem, or without either a shell, as a stream. Raises PeerRefused."""
        for text in (command, subsystem):
            if text is not None and ("\0" in text or not text):
                raise LocalProtocolError("a command isn't empty and has no NUL", rule="RFC 4254 §6.5")
        wanted: dict[str, Any] = {"request_pty": False}
        if terminal is not None:
            wanted = {
                "request_pty": "force",
                "term_type": terminal.kind,
                "term_size": (terminal.columns, terminal.rows),
            }
        return await self._open(
            lambda ends: self.raw.create_session(
                lambda: ends,
                command=command,
                subsystem=subsystem,
                env=list((environment or {}).items()),
                encoding=None,
                x11_forwarding=False,
                **wanted,
            )
        )

    async def direct(self, host: str, port: int) -> ChannelStream:
        """A connection that the server opens to another place (RFC 4254 §7.2). Raises PeerRefused."""
        return await self._open(lambda ends: self.raw.create_connection(lambda: ends, host, port))

    async def close(self) -> None:
        """Say goodbye."""
        self.raw.close()
        await self.raw.wait_closed()

    async def _open(self, create: Callable[[ClientEnds], Any]) -> ChannelStream:
        stream = ChannelStream(self._dial.trace, idle=self._dial.options.idle)
        try:
            await create(ClientEnds(stream, self.greeting))
        except (asyncssh.Error, OSError) as error:
            # A connection that ended meanwhile says more than that no channel could be opened in it
            raise translated(self._login.lost or error, self.greeting) from error
        self._dial.adopt(stream)
        return stream


async def connect(dial: Dialler, endpoint: Endpoint, options: SSHOptions) -> Connection:
    """Dial an endpoint, by jump hosts where OpenSSH's configuration names some, and log in.

    Raises NetworkError with status `tls_error` for a host key that isn't trusted, Unauthenticated, PeerRefused,
    RemoteProtocolError for what isn't SSH.
    """
    settled = await settle(endpoint, options)
    stream = await reach(dial, endpoint, settled)
    return await log_in(dial, stream, settled)


async def reach(dial: Dialler, endpoint: Endpoint, settled: Settled) -> Stream:
    """A stream to where the configuration says that an endpoint is."""
    from netloom.links.proxy import chain, through

    place = endpoint if endpoint.socket else endpoint.replace(host=settled.host, port=settled.port)
    if settled.jumps and not chain(dial.options, place):
        return await through(dial, list(settled.jumps), place)
    return await dial.stream(place)


class Login(asyncssh.SSHClient):
    """What asyncssh asks while it connects: is this key trusted, and what is the password?"""

    def __init__(self, settled: Settled, greeting: Greeting) -> None:
        self.greeting = greeting
        self.banner = ""
        self.methods: list[str] = []
        self.lost: Exception | None = None
        self._settled = settled
        self._password = settled.password
        self._connection: asyncssh.SSHClientConnection | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self._connection = conn
        spare(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = exc

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        try:
            self._settled.trust.check(key.public_data)
        except NetloomError as error:
            self.greeting.error = error
            return False
        return True

    def auth_banner_received(self, msg: str, lang: str) -> None:
        self.banner = (self.banner + msg)[:BANNER_LIMIT]

    def public_key_auth_requested(self) -> None:
        self._learn_methods()

    def password_auth_requested(self) -> str | None:
        self._learn_methods()
        return self._once()

    def kbdint_auth_requested(self) -> str | None:
        self._learn_methods()
        return "" if self._password is not None else None

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """Only a single hidden question is taken to be the one for the password."""
        if not prompts:
            return []
        password = self._once() if len(prompts) == 1 and not prompts[0][1] else None
        return None if password is None else [password]

    def _once(self) -> str | None:
        """The same password a second time would only be refused again, and count."""
        password, self._password = self._password, None
        return None if password is None else password.reveal()

    def _learn_methods(self) -> None:
        if self._connection is not None and not self.methods:
            self.methods = list(self._connection.get_server_auth_methods())


class Way:
    """What asyncssh takes for a tunnel: our stream, with everything that is below it."""

    def __init__(self, stream: Stream) -> None:
        self.used = False
        self._stream = stream

    async def create_connection(self, factory: Callable[[], Any], host: str, port: int) -> tuple[None, Any]:
        connection = factory()
        self.used = True
        self._stream.attach(connection)
        return None, connection


async def log_in(dial: Dialler, stream: Stream, settled: Settled, *, phase: Phase | None = None) -> Connection:
    """SSH on a stream that stands. Its phases are greeting and auth, unless all of it belongs to one `phase`."""
    dial.trace.enter(phase or Phase.GREETING)
    greeting = Greeting.of(stream, dial.trace.enter if phase is None else _nowhere)
    login = Login(settled, greeting)
    way = Way(stream)
    try:
        raw = await asyncssh.connect(
            settled.alias, settled.port, tunnel=way, client_factory=lambda: login, **arguments(settled)
        )
    except asyncssh.PermissionDenied as error:
        raise _denied(settled, login, error) from error
    except (asyncssh.Error, OSError, ValueError) as error:
        raise (translated(error, greeting) if way.used else unprepared(error)) from error
    dial.also_close(raw.abort)
    return Connection(raw, dial, login)


def _nowhere(phase: Phase) -> None:
    """A jump host's greeting is part of the way."""


def arguments(settled: Settled) -> dict[str, Any]:
    """What asyncssh is told about a connection."""
    trust, options = settled.trust, settled.options
    known: Any = (
        None if options.hostkey == "no" else ([], trust.authorities, trust.revoked if trust.authorities else [])
    )
    agent: Any = None if options.agent == "none" or (options.identity and not options.agent) else options.agent or ()
    return {
        "username": settled.user,
        "config": list(settled.config),
        "known_hosts": known,
        "encryption_algs": () if settled.chosen_ciphers else _FAST,
        "server_host_key_algs": () if settled.chosen_algorithms else trust.algorithms,
        "client_keys": list(options.identity) or (),
        "passphrase": options.passphrase.reveal() or None,
        "agent_path": agent,
        "x509_trusted_certs": None,
        "gss_host": None,
        "proxy_command": None,
        "connect_timeout": None,
        "rekey_bytes": options.rekey_bytes,
        "rekey_seconds": options.rekey_seconds or None,
        "keepalive_interval": options.alive_interval,
        "client_version": SOFTWARE,
        "command": None,
    }


def _denied(settled: Settled, login: Login, error: asyncssh.PermissionDenied) -> NetloomError:
    takes = f": it takes {', '.join(login.methods)}" if login.methods else ""
    known = translated(error, login.greeting)
    if not isinstance(known, Unauthenticated):
        return known
    message = f"{settled.user} isn't let in by {settled.alias}{takes}"
    return Unauthenticated(message, code=error.code, text=error.reason, hint=known.hint)
