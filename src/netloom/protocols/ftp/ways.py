"""FTP, the server's side of data connections: waited for or begun, with the client's own address only (RFC 2577)."""

from __future__ import annotations

import ipaddress
import random
from typing import TYPE_CHECKING

from netloom.errors import NetloomError, Unsupported, UsageError
from netloom.links.network import describe
from netloom.wire.ftp import addresses
from netloom.wire.ftp.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.links.beside import Waiting
    from netloom.links.context import Context
    from netloom.links.stream import Stream
    from netloom.protocols.ftp.session import Handler, Session

_RANDOM = random.SystemRandom()
_LOWEST = 1024  # RFC 2577 §3: services live below


class Passive:
    """The client comes."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting

    async def open(self, context: Context) -> Stream:
        """The connection, once it stands."""
        return await self._waiting.accept()

    def drop(self, context: Context) -> None:
        """Let go of it, and of what has come."""
        context.beside.drop(self._waiting)


class Active:
    """We come to the client."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._link: Stream | None = None

    async def open(self, context: Context) -> Stream:
        """The connection, once it stands. Raises ConnectError."""
        self._link = await context.beside.dial(self._host, self._port)
        return self._link

    def drop(self, context: Context) -> None:
        """Let go of it."""
        context.beside.drop(self._link)


Way = Passive | Active


def forget(session: Session) -> None:
    """Whatever was prepared for the next transfer isn't wanted any more."""
    way, session.way = session.way, None
    if way is not None:
        way.drop(session.context)


async def _passive(session: Session) -> int:
    """Wait for the client on a port, which is told. Raises UsageError, Unsupported."""
    forget(session)
    waiting = await session.context.beside.listen(_ports(session.options.passive_ports))
    session.way = Passive(waiting)
    return describe(waiting.address)[2]


def _ports(text: str) -> Iterable[int]:
    """The ports to try, beginning anywhere in their range: the next one is hard to guess."""
    if not text:
        return (0,)
    first, last = (int(port) for port in text.split("-"))
    if not 0 < first <= last < 65536:
        raise UsageError(f"passive_ports={text} is no range of ports", hint="passive_ports=50000-50999")
    start = _RANDOM.randrange(first, last + 1)
    return (*range(start, last + 1), *range(first, start))


async def _pasv(session: Session, argument: str) -> Reply:
    if argument:
        return Reply(501, ("PASV has no argument",))
    if session.extended_only:
        return Reply(501, ("only EPSV, as EPSV ALL said",))
    told = session.options.passive_address or session.context.beside.here
    if ":" in told:
        return Reply(425, ("PASV knows IPv4 only: EPSV",))
    try:
        port = await _passive(session)
    except (UsageError, Unsupported) as error:
        return Reply(425, (error.message,))
    return Reply(227, (f"Entering Passive Mode ({addresses.emit_port(told, port)})",))


async def _epsv(session: Session, argument: str) -> Reply:
    """RFC 2428 §3. The protocol may be named, and ALL says that nothing else will be used."""
    if argument.upper() == "ALL":
        session.extended_only = True
        return Reply(200, ("EPSV from now on",))
    ours = "2" if ":" in session.context.beside.here else "1"
    if argument not in ("", ours):
        known = argument in ("1", "2")
        words = f"the protocol of this connection is ({ours})" if known else "EPSV, EPSV 1, EPSV 2 or EPSV ALL"
        return Reply(522 if known else 501, (words,))
    try:
        port = await _passive(session)
    except (UsageError, Unsupported) as error:
        return Reply(425, (error.message,))
    return Reply(229, (f"Entering Extended Passive Mode {addresses.emit_extended_passive(port)}",))


async def _port(session: Session, argument: str) -> Reply:
    return _active(session, *addresses.parse_port(argument), "PORT")


async def _eprt(session: Session, argument: str) -> Reply:
    family = argument[1:2]
    if argument and family.isdigit() and family not in "12":
        return Reply(522, ("protocols are (1,2)",))
    return _active(session, *addresses.parse_extended_port(argument), "EPRT")


def _active(session: Session, host: str, port: int, verb: str) -> Reply:
    """The client's own address, and no port of services: what is sent can't be aimed at others (RFC 2577 §3)."""
    if session.extended_only:
        return Reply(501, ("only EPSV, as EPSV ALL said",))
    reply = Reply(200, (f"{verb} is fine",))
    if not _same(host, session.host):
        reply = Reply(504, (f"{verb} to another host than yours is refused",))
    elif port < _LOWEST:
        reply = Reply(504, (f"{verb} to a port below {_LOWEST} is refused",))
    forget(session)
    if not reply.complete:
        session.record(verb, f"{host}:{port}", reply)
        return reply
    session.way = Active(session.host, port)
    return reply


def _same(host: str, peer: str) -> bool:
    try:
        return ipaddress.ip_address(host) == ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:  # the peer is a local process
        return False


async def open_data(session: Session, way: Way) -> Stream:
    """The data connection, with TLS where PROT wants it. Raises NetloomError, TimeoutError."""
    context = session.context
    data = await way.open(context)
    data.set_idle(session.options.data_idle)
    if session.protected:
        try:
            await context.secure(data, at_once=True)
        except (NetloomError, TimeoutError):
            data.abort()
            raise
    return data


VERBS: dict[str, Handler] = {"PASV": _pasv, "EPSV": _epsv, "PORT": _port, "EPRT": _eprt}
