"""Sending frames as they are, and IP packets that the kernel puts a link header before (packet(7), raw(7), ipv6(7))."""

from __future__ import annotations

import ctypes
import errno
import socket
import time
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from netloom.errors import NetworkError, UsageError
from netloom.packet.live import layout
from netloom.packet.live.interfaces import ANY, COOKED, ETHERNET, Interface, interface, linux_only
from netloom.packet.live.privilege import lacking

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH = 64
"""Frames that are handed to the kernel at once: a third to two thirds more a second than one by one."""

_ROOM = 0.0001
_TRIES = 20_000
_GONE = {errno.ENETDOWN: "is down", errno.ENXIO: "is gone", errno.ENODEV: "is gone"}
_FULL = (errno.ENOBUFS, errno.EAGAIN)
_MTU_HINT = "the interface takes shorter ones: ip link show tells its MTU"
_SO_BINDTODEVICE = 25


class Refused(NamedTuple):
    """A packet that wasn't taken, by its place among those that were given, and why."""

    place: int
    problem: UsageError


class Sends(Protocol):
    """What puts packets on their way, and what they begin with (a link-layer header type)."""

    link_type: int

    def send(self, data: bytes) -> None:
        """One. Raises UsageError where it can't be sent, NetworkError where nothing can."""

    def send_all(self, packets: Sequence[bytes]) -> list[Refused]:
        """Several, in their order; gives those that can't be sent. Raises NetworkError where nothing can."""

    def close(self) -> None:
        """Give the socket back; again does nothing."""


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_char_p), ("length", ctypes.c_size_t))


class _Header(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.POINTER(_Vector)),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    """struct mmsghdr of sendmmsg(2)."""

    _fields_ = (("header", _Header), ("length", ctypes.c_uint))


class FrameSender:
    """Frames with their link header, out of one interface. `bypass`: past its queueing discipline, which may drop some.

    Raises UsageError for an interface that can't be sent from, CapabilityError without the privilege.
    """

    def __init__(self, name: str, *, bypass: bool = False) -> None:
        linux_only("sending frames")
        self.interface: Interface = interface(name)
        if name == ANY or self.interface.link_type == COOKED:
            raise UsageError(f"frames can't be sent from {name}", hint="name one interface that has Ethernet frames")
        self.link_type = self.interface.link_type
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        except PermissionError:
            raise lacking("sending frames") from None
        try:
            if bypass:
                self._socket.setsockopt(layout.SOL_PACKET, layout.QDISC_BYPASS, 1)
            self._socket.bind((name, 0))
        except OSError as exc:
            self._socket.close()
            raise _failed(exc, name, 0) from exc
        self._vectors = (_Vector * BATCH)()
        self._messages = (_Message * BATCH)()
        for vector, message in zip(self._vectors, self._messages, strict=True):
            message.header.vectors = ctypes.pointer(vector)
            message.header.vector_count = 1
        self._filled: Sequence[bytes] = ()
        self._sendmmsg = ctypes.CDLL(None, use_errno=True).sendmmsg

    def send(self, data: bytes) -> None:
        for _ in range(_TRIES):
            try:
                if self.link_type == ETHERNET:
                    self._socket.send(data)
                else:  # nothing in the frame tells the kernel what it is
                    kind = 0x86DD if data[:1] and data[0] >> 4 == 6 else 0x0800
                    self._socket.sendto(data, (self.interface.name, kind))
            except OSError as exc:
                if exc.errno not in _FULL:
                    raise _failed(exc, self.interface.name, len(data)) from exc
                time.sleep(_ROOM)
            else:
                return
        raise NetworkError(f"{self.interface.name} takes nothing any more: its queue stays full")

    def send_all(self, packets: Sequence[bytes]) -> list[Refused]:
        if self.link_type != ETHERNET:
            return _one_by_one(self, packets)
        refused: list[Refused] = []
        for start in range(0, len(packets), BATCH):
            batch = packets if len(packets) <= BATCH else packets[start : start + BATCH]
            refused += [Refused(start + place, problem) for place, problem in self._send_batch(batch)]
        return refused

    def _send_batch(self, packets: Sequence[bytes]) -> list[Refused]:
        if packets is not self._filled:
            for vector, data in zip(self._vectors, packets, strict=False):
                vector.base, vector.length = data, len(data)
            # The octets live as long as they are named here; the same list again is filled in already
            self._filled = packets if isinstance(packets, tuple) else ()
        at, refused = 0, []
        while at < len(packets):
            place = ctypes.byref(self._messages, at * ctypes.sizeof(_Message))
            sent = self._sendmmsg(self._socket.fileno(), place, len(packets) - at, 0)
            if sent <= 0:  # alone it is told what is wrong with it, or waits for room
                refused += [Refused(at, problem) for _, problem in _one_by_one(self, packets[at : at + 1])]
                sent = 1
            at += sent
        return refused

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class PacketSender:
    """IP packets without a link header: the kernel finds the way, and whom to hand them to on it.

    Of IPv4 it fills in the length and the checksum, whatever they were, and an identification of 0. `name` is the
    interface that they have to leave by, if any.
    """

    link_type = 101

    def __init__(self, name: str = "") -> None:
        linux_only("sending packets")
        self._name = name
        self._sockets: dict[int, socket.socket] = {}
        if name:
            interface(name)
        self._open(4)

    def _open(self, version: int) -> socket.socket:
        if version not in self._sockets:
            family = socket.AF_INET6 if version == 6 else socket.AF_INET
            try:
                sock = socket.socket(family, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_RAW)
            except PermissionError:
                raise lacking("sending IP packets") from None
            self._sockets[version] = sock
            if version == 4:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            if self._name:
                sock.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, self._name.encode() + b"\0")
        return self._sockets[version]

    def send(self, data: bytes) -> None:
        version = data[0] >> 4 if data else 0
        if version == 4 and len(data) >= 20:
            place: tuple[str | int, ...] = (str(IPv4Address(data[16:20])), 0)
        elif version == 6 and len(data) >= 40:
            place = (str(IPv6Address(data[24:40])), 0, 0, socket.if_nametoindex(self._name) if self._name else 0)
        else:
            raise UsageError("it begins with no IP header", hint="frames with a link header need --interface NAME")
        for _ in range(_TRIES):
            try:
                self._open(version).sendto(data, place)
            except OSError as exc:
                if exc.errno not in _FULL:
                    raise _failed(exc, str(place[0]), len(data)) from exc
                time.sleep(_ROOM)
            else:
                return
        raise NetworkError("nothing can be sent: the queue stays full")

    def send_all(self, packets: Sequence[bytes]) -> list[Refused]:
        return _one_by_one(self, packets)

    def close(self) -> None:
        for sock in self._sockets.values():
            sock.close()
        self._sockets.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _one_by_one(sender: Sends, packets: Sequence[bytes]) -> list[Refused]:
    refused = []
    for place, data in enumerate(packets):
        try:
            sender.send(data)
        except UsageError as problem:
            refused.append(Refused(place, problem))
    return refused


def _failed(exc: OSError, where: str, size: int) -> UsageError | NetworkError:
    """The kernel's words as ours."""
    if exc.errno == errno.EMSGSIZE:
        return UsageError(f"{size} octets are too long for {where}", hint=_MTU_HINT)
    if exc.errno == errno.EINVAL:
        return UsageError(
            f"{where} doesn't take this packet of {size} octets: its headers aren't whole, or contradict it"
        )
    if exc.errno in (errno.EPERM, errno.EACCES):
        return NetworkError(f"{where}: the kernel's own rules don't let it pass ({exc.strerror})")
    if exc.errno in _GONE:
        return NetworkError(f"{where} {_GONE[exc.errno]}")
    return NetworkError(f"nothing can be sent to {where}: {exc.strerror}")
