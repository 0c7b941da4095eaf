"""Network interfaces as the kernel tells of them (netdevice(7)), and the way that a packet takes."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys

from msgspec import Struct

from netloom.endpoint import suggest
from netloom.errors import CapabilityError, UsageError

ANY = "any"
"""All interfaces at once."""
ETHERNET, RAW, IEEE802_11, RADIOTAP, COOKED = 1, 101, 105, 127, 276
"""Link-layer header types; COOKED is what the kernel tells of a packet, in place of its own header (LINUX_SLL2)."""
LINK_TYPES = {
    1: ETHERNET,  # ARPHRD_ETHER
    772: ETHERNET,  # ARPHRD_LOOPBACK: its frames have an empty Ethernet header
    519: RAW,  # ARPHRD_RAWIP
    768: RAW,  # ARPHRD_TUNNEL
    769: RAW,  # ARPHRD_TUNNEL6
    776: RAW,  # ARPHRD_SIT
    65534: RAW,  # ARPHRD_NONE: tun, WireGuard
    801: IEEE802_11,  # ARPHRD_IEEE80211
    803: RADIOTAP,  # ARPHRD_IEEE80211_RADIOTAP
}
"""What frames of an interface begin with, by its hardware type (linux/if_arp.h); of others the kernel cuts it off."""

UP, LOOPBACK = 1, 8
_NAME, _FLAGS, _MTU, _HARDWARE = 0x8910, 0x8913, 0x8921, 0x8927
_NAME_LIMIT = 15


class Interface(Struct, frozen=True, kw_only=True):
    """One of them. `link_type` is what captured frames begin with, `mac` its hardware address, empty if it has none."""

    name: str
    index: int
    link_type: int
    mtu: int
    mac: str = ""
    is_up: bool = True
    is_loopback: bool = False


ALL = Interface(name=ANY, index=0, link_type=COOKED, mtu=0)


def linux_only(what: str) -> None:
    """Raise CapabilityError on another system."""
    if sys.platform != "linux":
        raise CapabilityError(f"{what} takes Linux' packet sockets, and this is {sys.platform}")


def names() -> list[str]:
    """The interfaces of this machine, or of its network namespace."""
    return [name for _, name in socket.if_nameindex()]


def interface(name: str) -> Interface:
    """What the kernel tells of one, or ALL for `any`. Raises UsageError for one that isn't there, CapabilityError."""
    linux_only("this")
    if name == ANY:
        return ALL
    try:
        index = socket.if_nametoindex(name)
    except (OSError, ValueError):
        known = [*names(), ANY]
        raise UsageError(
            f"there is no interface {name!r}", hint=suggest(name, known) or f"interfaces: {', '.join(known)}"
        ) from None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        hardware = _ask(sock, name, _HARDWARE)
        flags = struct.unpack_from("=H", _ask(sock, name, _FLAGS))[0]
        mtu = struct.unpack_from("=i", _ask(sock, name, _MTU))[0]
    kind = struct.unpack_from("=H", hardware)[0]
    link_type = LINK_TYPES.get(kind, COOKED)
    return Interface(
        name=name,
        index=index,
        link_type=link_type,
        mtu=mtu,
        mac=hardware[2:8].hex(":") if link_type == ETHERNET else "",
        is_up=bool(flags & UP),
        is_loopback=bool(flags & LOOPBACK),
    )


def _ask(sock: socket.socket, name: str, request: int) -> bytes:
    """The answer to one of the kernel's requests about an interface: what follows the name (struct ifreq)."""
    import fcntl

    asked = struct.pack("=16s24x", name.encode()[:_NAME_LIMIT])
    try:
        return fcntl.ioctl(sock, request, asked)[16:]
    except OSError as exc:
        raise UsageError(f"{name}: {exc.strerror}") from exc


def is_there(sock: socket.socket, index: int) -> bool:
    """Whether a socket's network namespace has an interface of that index."""
    import fcntl

    try:
        fcntl.ioctl(sock, _NAME, struct.pack("=16si20x", b"", index))
    except OSError:
        return False
    return True


def own_address(destination: str) -> str:
    """The address that this machine speaks from to a destination; empty where no way leads there."""
    family = socket.AF_INET6 if ":" in destination else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.connect((destination, 9))  # nothing is sent
        return str(sock.getsockname()[0]).partition("%")[0]
    return ""
