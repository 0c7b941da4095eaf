"""Socket options by name: what is set before a socket connects or binds, and how each is read back."""

from __future__ import annotations

import contextlib
import functools
import socket
import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from netloom.errors import CapabilityError, UsageError

if TYPE_CHECKING:
    from netloom.links.options import LinkOptions

Set = Callable[[socket.socket, Any], None]

_IPV6 = getattr(socket, "AF_INET6", None)
_INTERNETS = (socket.AF_INET, _IPV6)
_FASTOPEN_CONNECT = 30  # linux/tcp.h; Python has no name for it
_WAITING = 256
"""Fast Open requests that the kernel may keep while they aren't accepted."""


def _number(level: int, name: str) -> Set:
    def apply(sock: socket.socket, value: Any) -> None:
        sock.setsockopt(level, _constant(name), int(value))

    return apply


def _by_family(v4: str, v6: str) -> Set:
    def apply(sock: socket.socket, value: Any) -> None:
        if sock.family == _IPV6:
            sock.setsockopt(socket.IPPROTO_IPV6, _constant(v6), int(value))
        else:
            sock.setsockopt(socket.IPPROTO_IP, _constant(v4), int(value))

    return apply


def _constant(name: str) -> int:
    number = getattr(socket, name, None)
    if number is None:
        raise CapabilityError(f"{name} isn't available on {sys.platform}")
    return int(number)


def _dscp(sock: socket.socket, value: Any) -> None:
    _by_family("IP_TOS", "IPV6_TCLASS")(sock, int(value) << 2)


def _linger(sock: socket.socket, value: Any) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, int(value)))


def _text(level: int, name: str) -> Set:
    def apply(sock: socket.socket, value: Any) -> None:
        sock.setsockopt(level, _constant(name), str(value).encode() + b"\0")

    return apply


def _fastopen(sock: socket.socket, value: Any) -> None:
    # On Linux one option is for those who connect and another for those who listen; elsewhere they are the same.
    number = _FASTOPEN_CONNECT if sys.platform == "linux" else _constant("TCP_FASTOPEN")
    sock.setsockopt(socket.IPPROTO_TCP, number, int(value))


def _fastopen_listening(sock: socket.socket, value: Any) -> None:
    if sock.family not in _INTERNETS:
        raise UsageError("fastopen is no option of a Unix socket")
    sock.setsockopt(socket.IPPROTO_TCP, _constant("TCP_FASTOPEN"), _WAITING if value else 0)


def _keepalive_number(name: str) -> Set:
    def apply(sock: socket.socket, value: Any) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, _constant(name), int(value))
        # Asking how to probe is asking to probe; `keepalive=no` comes later and still wins.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    return apply


_IDLE = "TCP_KEEPALIVE" if sys.platform == "darwin" else "TCP_KEEPIDLE"
_STREAM: dict[str, Set] = {
    "nodelay": _number(socket.IPPROTO_TCP, "TCP_NODELAY"),
    "keepalive_idle": _keepalive_number(_IDLE),
    "keepalive_interval": _keepalive_number("TCP_KEEPINTVL"),
    "keepalive_count": _keepalive_number("TCP_KEEPCNT"),
    "fastopen": _fastopen,
    "congestion": _text(socket.IPPROTO_TCP, "TCP_CONGESTION"),
    "user_timeout": _number(socket.IPPROTO_TCP, "TCP_USER_TIMEOUT"),
}
_INTERNET: dict[str, Set] = {
    "tos": _by_family("IP_TOS", "IPV6_TCLASS"),
    "dscp": _dscp,
    "ttl": _by_family("IP_TTL", "IPV6_UNICAST_HOPS"),
    "device": _text(socket.SOL_SOCKET, "SO_BINDTODEVICE"),
    "reuseport": _number(socket.SOL_SOCKET, "SO_REUSEPORT"),
    "multicast_ttl": _by_family("IP_MULTICAST_TTL", "IPV6_MULTICAST_HOPS"),
    "multicast_loop": _by_family("IP_MULTICAST_LOOP", "IPV6_MULTICAST_LOOP"),
    "broadcast": _number(socket.SOL_SOCKET, "SO_BROADCAST"),
}
_EVERY: dict[str, Set] = {
    "keepalive": _number(socket.SOL_SOCKET, "SO_KEEPALIVE"),
    "reuseaddr": _number(socket.SOL_SOCKET, "SO_REUSEADDR"),
    "rcvbuf": _number(socket.SOL_SOCKET, "SO_RCVBUF"),
    "sndbuf": _number(socket.SOL_SOCKET, "SO_SNDBUF"),
    "linger": _linger,
}
_DATAGRAM_ONLY = ("broadcast", "multicast_ttl", "multicast_loop")
NAMES = (*_STREAM, *_INTERNET, *_EVERY)


@functools.lru_cache(maxsize=1024)
def wanted(options: LinkOptions) -> list[str]:
    """The names of the socket options that are set, which is mostly none."""
    return [name for name in NAMES if getattr(options, name) not in (None, "")]


def apply(sock: socket.socket, options: LinkOptions, *, listening: bool = False) -> None:
    """Set what is asked for, before the socket connects or binds.

    Raises UsageError for an option that this kind of socket doesn't have or the kernel refuses, CapabilityError where
    it takes a privilege.
    """
    if options.multicast_group and not (listening and sock.type == socket.SOCK_DGRAM and sock.family in _INTERNETS):
        raise UsageError(
            "multicast_group is for listening on UDP", hint="serve or listen: udp://*:PORT#multicast_group=…"
        )
    if listening and options.bind:
        raise UsageError("bind is the address to speak from", hint="write the address to listen on into the endpoint")
    for name in wanted(options):
        value = getattr(options, name)
        setter = _fastopen_listening if listening and name == "fastopen" else _setter(sock, name)
        try:
            setter(sock, value)
        except PermissionError as exc:
            raise CapabilityError(f"{name}={value} needs a privilege that the process doesn't have") from exc
        except OSError as exc:
            raise UsageError(f"the kernel refuses {name}={value}: {exc.strerror}") from exc


def after_connecting(sock: socket.socket | None, options: LinkOptions) -> None:
    """Take back what event loops switch on by themselves once a TCP connection stands: nodelay."""
    if options.nodelay is False and sock is not None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)


def _setter(sock: socket.socket, name: str) -> Set:
    if name in _EVERY:
        return _EVERY[name]
    internet = sock.family in _INTERNETS
    stream = sock.type == socket.SOCK_STREAM
    if name in _STREAM and internet and stream:
        return _STREAM[name]
    if name in _INTERNET and internet and not (stream and name in _DATAGRAM_ONLY):
        return _INTERNET[name]
    kind = "a Unix socket" if not internet else "TCP" if stream else "UDP"
    raise UsageError(f"{name} is no option of {kind}")


def after_accepting(sock: socket.socket | None, options: LinkOptions) -> None:
    """Set what an accepted connection doesn't take over from the listening socket."""
    if sock is not None and sock.family not in _INTERNETS:
        apply(sock, options)
    else:
        after_connecting(sock, options)


def keep_urgent(sock: socket.socket | None) -> None:
    """Leave an octet that is marked as urgent where it stands in the stream; by itself the kernel takes it out."""
    if sock is not None and sock.family in _INTERNETS:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)


def join(sock: socket.socket, group: str) -> None:
    """Join a multicast group, `GROUP` or `GROUP%DEVICE` (RFC 3493 §5.2)."""
    address, _, device = group.partition("%")
    try:
        index = socket.if_nametoindex(device) if device else 0
        if sock.family == _IPV6:
            request = socket.inet_pton(socket.AF_INET6, address) + struct.pack("@I", index)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
        else:
            request = socket.inet_aton(address) + struct.pack("@4si", b"\0\0\0\0", index)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    except OSError as exc:
        raise UsageError(f"multicast_group={group}: {exc.strerror or exc}") from exc


def reset_when_closed(sock: Any) -> None:
    """Whoever closes this socket then, resets the connection (socket(7), SO_LINGER). A Unix socket knows no resets."""
    if sock is not None:
        with contextlib.suppress(OSError, ValueError):  # it may be closed already
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
