"""The kernel's ICMP sockets: those that anybody may have where it allows, raw ones otherwise (icmp(7), raw(7))."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import select
import socket
import struct
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.errors import CapabilityError, RemoteProtocolError
from netloom.links import sockets
from netloom.links.icmp import Arrival, Reported
from netloom.links.translate import listening
from netloom.wire import icmp
from netloom.wire.icmp_words import PROBLEMS_4, PROBLEMS_6

if TYPE_CHECKING:
    from netloom.links.network import DatagramFactory, SockAddr
    from netloom.links.options import LinkOptions

_LARGEST = 65_535 + 40
_ANCILLARY = 512
_BATCH = 64
"""Messages that are taken in one go, so that a flood leaves the others their turn."""
_LINUX = sys.platform == "linux"

# linux/in.h, linux/in6.h, linux/icmp.h, linux/icmpv6.h: Python has no names for most of them
_RECEIVE_ERRORS = {4: (socket.IPPROTO_IP, 11), 6: (socket.IPPROTO_IPV6, 25)}
_RECEIVE_TTL = {4: (socket.IPPROTO_IP, 12), 6: (socket.IPPROTO_IPV6, 51)}
_TTL = {4: (socket.IPPROTO_IP, 2), 6: (socket.IPPROTO_IPV6, 52)}
_RECEIVE_OWN = {4: (socket.IPPROTO_IP, 8), 6: (socket.IPPROTO_IPV6, 49)}
_OWN = {4: (socket.IPPROTO_IP, 8), 6: (socket.IPPROTO_IPV6, 50)}
_FILTER = {4: (255, 1), 6: (58, 1)}
_ERROR = struct.Struct("=IBBBBII")  # struct sock_extended_err
_FROM_NETWORK = (2, 3)  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
_IGNORES = {
    4: Path("/proc/sys/net/ipv4/icmp_echo_ignore_all"),
    6: Path("/proc/sys/net/ipv6/icmp/echo_ignore_all"),
}

_HINT = "anybody may ping after: sysctl -w net.ipv4.ping_group_range='0 2147483647'; or give the process CAP_NET_RAW"
_HINT_HEARING = (
    "the kernel answers pings by itself, so that there is something to probe; to hear them give the process CAP_NET_RAW"
)


def dial(remote: SockAddr, own: str, factory: DatagramFactory, options: LinkOptions) -> KernelIcmp:
    """A socket for echoes to one host, spoken from the address `own` if it is given.

    Raises CapabilityError where the kernel gives us neither kind, and the kernel's OSErrors.
    """
    family = remote[0]
    version = _version(family)
    sock, raw = _socket(family)
    try:
        sockets.apply(sock, options)
        source = _source(remote, own, options)
        if raw:
            if own:
                sock.bind((source[0], 0, *source[2:]))
            _let_through(sock, version, (icmp.ECHO_REPLY[version], *(PROBLEMS_4 if version == 4 else PROBLEMS_6)))
            place = (source[0], secrets.randbelow(0xFFFF) + 1, *source[2:])
        else:
            sock.bind((source[0], 0, *source[2:]))  # the port is the identifier
            sock.connect(remote[1])
            if _LINUX:
                sock.setsockopt(*_RECEIVE_ERRORS[version], 1)
            place = sock.getsockname()
        sock.setsockopt(*_RECEIVE_TTL[version], 1)
        return KernelIcmp(sock, factory(), raw=raw, place=place, remote=(family, (remote[1][0], 0, *remote[1][2:])))
    except BaseException:
        sock.close()
        raise


def hear(local: SockAddr, factory: DatagramFactory, options: LinkOptions) -> KernelIcmp:
    """A socket that hears the echo requests to an address of ours. Raises CapabilityError, UsageError."""
    family, place = local
    version = _version(family)
    try:
        sock = socket.socket(family, socket.SOCK_RAW, icmp.PROTOCOLS[version])
    except PermissionError as exc:
        raise CapabilityError("hearing pings takes a raw socket, which we may not have", hint=_HINT_HEARING) from exc
    except OSError as exc:
        raise listening(exc, str(place[0])) from exc
    try:
        sockets.apply(sock, options, listening=True)
        _let_through(sock, version, (icmp.ECHO_REQUEST[version],))
        sock.setsockopt(*_RECEIVE_TTL[version], 1)
        sock.setsockopt(*_RECEIVE_OWN[version], 1)
        sock.bind((place[0], 0, *place[2:]))
        return KernelIcmp(sock, factory(), raw=True, place=(place[0], 0, *place[2:]), remote=None)
    except OSError as exc:
        sock.close()
        raise listening(exc, str(place[0])) from exc
    except BaseException:
        sock.close()
        raise


def kernel_answers(version: int) -> bool:
    """Whether the kernel answers echo requests, as it does unless it is told not to."""
    try:
        return _IGNORES[version].read_text(encoding="ascii").strip() == "0"
    except OSError:
        return True


class KernelIcmp(asyncio.DatagramTransport):
    """A datagram transport over an ICMP socket: messages without IP's header, and word of those that didn't arrive.

    Event loops' own transports give neither the time to live nor the queue of errors.
    """

    def __init__(
        self,
        sock: socket.socket,
        protocol: asyncio.DatagramProtocol,
        *,
        raw: bool,
        place: tuple[Any, ...],
        remote: SockAddr | None,
    ) -> None:
        peer = remote[1] if remote is not None else None
        super().__init__({"socket": sock, "sockname": place, "peername": peer, "raw": raw})
        sock.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._protocol = protocol
        self._raw = raw
        self._identifier = place[1]
        self._remote = remote
        self._version = _version(sock.family)
        self._closing = False
        # An error in the queue makes a socket ready in a way that libuv takes for the end of it; a set of one doesn't.
        self._set = select.epoll() if _LINUX else None
        if self._set is not None:
            self._set.register(sock, select.EPOLLIN)  # errors are always told
        self._watched = sock.fileno() if self._set is None else self._set.fileno()
        self._loop.add_reader(self._watched, self._ready)
        protocol.connection_made(self)

    # As a transport

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        if self._closing:
            return
        try:
            self._send(bytes(data), addr)
        except BlockingIOError:
            return  # no room in the kernel: lost on the way, as datagrams are
        except OSError:
            # What the kernel says may be about an earlier one: that stands in the queue. Then this one wasn't sent yet.
            self._take_errors()
            try:
                self._send(bytes(data), addr)
            except BlockingIOError:
                return
            except OSError as exc:
                self._protocol.error_received(exc)

    def _send(self, data: bytes, addr: Any) -> None:
        if addr is None and not self._raw:
            self._sock.send(data)
        elif addr is None and self._remote is not None:
            self._sock.sendto(data, self._remote[1])
        else:
            self._sock.sendmsg([data], self._from(addr), 0, (addr[0], 0, *addr[2:]))

    def _from(self, addr: Any) -> list[tuple[int, int, bytes]]:
        """Where an answer is to come from: the address that was asked."""
        to = addr.to if isinstance(addr, Arrival) else ""
        if not to:
            return []
        packed = ip_address(to.partition("%")[0]).packed
        info = struct.pack("=i4s4s", 0, packed, packed) if self._version == 4 else packed + struct.pack("=i", 0)
        return [(*_OWN[self._version], info)]

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "kernel_answers":
            return kernel_answers(self._version)
        return super().get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._loop.remove_reader(self._watched)
            self._loop.call_soon(self._go)

    def abort(self) -> None:
        self.close()

    def _go(self) -> None:
        if self._set is not None:
            self._set.close()
        self._sock.close()
        self._protocol.connection_lost(None)

    # What comes

    def _ready(self) -> None:
        for _ in range(_BATCH):
            if self._closing:
                return
            try:
                data, ancillary, _, sender = self._sock.recvmsg(_LARGEST, _ANCILLARY)
            except BlockingIOError:
                break
            except OSError:
                self._take_errors()  # the queue says it better
                continue
            self._came(data, {(level, kind): value for level, kind, value in ancillary}, sender)
        self._take_errors()

    def _came(self, data: bytes, ancillary: dict[tuple[int, int], bytes], sender: Any) -> None:
        found = ancillary.get(_TTL[self._version])
        ttl = int.from_bytes(found[:4], sys.byteorder) if found is not None and len(found) >= 4 else None
        if self._version == 4 and (self._raw or not _LINUX):
            if len(data) < 20:
                return
            ttl, data = data[8], data[(data[0] & 0xF) * 4 :]
        to = self._asked(ancillary.get(_OWN[self._version]))
        if to is None:
            return
        if self._raw and self._remote is not None and not self._is_ours(data, sender):
            return
        self._protocol.datagram_received(data, Arrival.of(sender, ttl, to))

    def _asked(self, info: bytes | None) -> str | None:
        """The address of ours that was asked; None for a group or a broadcast, which aren't answered (RFC 1122
        §3.2.2.6, RFC 4443 §4.2 leave it to us)."""
        if info is None:
            return ""
        if self._version == 4:
            own, asked = info[4:8], info[8:12]
            return socket.inet_ntoa(asked) if own == asked else None
        address = ip_address(info[:16])
        return None if address.is_multicast else str(address)

    def _is_ours(self, data: bytes, sender: Any) -> bool:
        """A raw socket hears what is said to everybody: only the replies to our echoes are passed on as they are."""
        kind = data[0] if data else -1
        if kind == icmp.ECHO_REPLY[self._version]:
            return len(data) >= icmp.HEADER_SIZE and data[4:6] == self._identifier.to_bytes(2, "big")
        with contextlib.suppress(RemoteProtocolError):
            said = icmp.parse(data, self._version)
            if isinstance(said, icmp.Problem):
                self._look(said, sender[0])
        return False

    def _look(self, problem: icmp.Problem, reporter: str) -> None:
        asked = icmp.asked_by(problem)
        if asked is None or self._remote is None or asked.identifier != self._identifier:
            return
        if icmp.parse_packet(problem.quoted).destination == ip_address(self._remote[1][0].partition("%")[0]):
            self._protocol.error_received(Reported(problem, _bare(reporter), asked.sequence))

    def _take_errors(self) -> None:
        """The kernel's queue of errors (ip(7), IP_RECVERR); a raw socket hears the messages themselves."""
        if self._raw or not _LINUX:
            return
        for _ in range(_BATCH):
            try:
                data, ancillary, _, _ = self._sock.recvmsg(_LARGEST, _ANCILLARY, socket.MSG_ERRQUEUE)
            except OSError:
                return
            for level, kind, value in ancillary:
                if (level, kind) == _RECEIVE_ERRORS[self._version]:
                    self._report(data, value)

    def _report(self, data: bytes, value: bytes) -> None:
        number, origin, kind, code, _, info, _ = _ERROR.unpack_from(value)
        if origin not in _FROM_NETWORK:
            self._protocol.error_received(OSError(number, ""))
            return
        reporter = _offender(value[_ERROR.size :], self._version)
        sequence = int.from_bytes(data[6:8], "big") if len(data) >= icmp.HEADER_SIZE else None
        problem = icmp.Problem(self._version, kind, code, value=info)
        self._protocol.error_received(Reported(problem, reporter, sequence))


def _socket(family: Any) -> tuple[socket.socket, bool]:
    """The kind that needs no privilege, or a raw one; whether it is raw."""
    protocol = icmp.PROTOCOLS[_version(family)]
    with contextlib.suppress(OSError):
        return socket.socket(family, socket.SOCK_DGRAM, protocol), False
    try:
        return socket.socket(family, socket.SOCK_RAW, protocol), True
    except PermissionError as exc:
        raise CapabilityError("the kernel gives this process no socket to ping with", hint=_HINT) from exc


def _source(remote: SockAddr, own: str, options: LinkOptions) -> tuple[Any, ...]:
    """The address that we speak from: as the kernel chooses it for a datagram there, unless it is given."""
    family, place = remote
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sockets.apply(sock, options)
        if own:
            sock.bind((own, 0))
        sock.connect((place[0], 9, *place[2:]))
        found: tuple[Any, ...] = sock.getsockname()
        return found


def _let_through(sock: socket.socket, version: int, types: tuple[int, ...]) -> None:
    """Let the kernel keep all other types away (raw(7), ICMP_FILTER; RFC 3542 §3.2)."""
    if not _LINUX:
        return
    words = [0xFFFFFFFF] * (1 if version == 4 else 8)
    for kind in types:
        words[kind >> 5] &= ~(1 << (kind & 31))
    sock.setsockopt(*_FILTER[version], struct.pack(f"={len(words)}I", *words))


def _offender(data: bytes, version: int) -> str:
    """Who said it: a socket address behind the error."""
    if version == 4:
        return socket.inet_ntoa(data[4:8]) if len(data) >= 8 else ""
    return socket.inet_ntop(socket.AF_INET6, data[8:24]) if len(data) >= 24 else ""


def _bare(host: str) -> str:
    """An address without its zone."""
    return host.partition("%")[0]


def _version(family: Any) -> int:
    return 6 if family == socket.AF_INET6 else 4
