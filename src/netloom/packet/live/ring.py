"""The ring that Linux puts frames into, in memory that it shares with us (packet(7), TPACKET_V3)."""

from __future__ import annotations

import array
import contextlib
import mmap
import select
import socket
import struct
import sys
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from netloom.errors import NetworkError, UsageError
from netloom.packet.frame import INBOUND, OUTBOUND, Frame
from netloom.packet.live import layout
from netloom.packet.live.interfaces import ANY, COOKED, ETHERNET, Interface, interface, is_there, linux_only
from netloom.packet.live.privilege import lacking
from netloom.packet.live.program import Instruction, kernel_program

if TYPE_CHECKING:
    from collections.abc import Iterator

SNAP = 262_144
"""Octets that are kept of a frame, unless less is asked for."""
BUFFER = 32 * 1024 * 1024
"""Octets of the whole ring, unless told otherwise: 256 KiB at least."""
LARGEST_BUFFER = 1 << 30
"""The kernel keeps a ring in memory that is never swapped out."""
BLOCK = 128 * 1024
"""Octets of a block. Larger frames are cut to it, and tell how long they were."""
LATENCY = 0.004
"""Seconds after which a block is handed over, even with a single packet in it."""

_SLOT = 2048  # the kernel wants one that fits; with frames of any length it means nothing
_COOKED = struct.Struct(">2sHiHBB8s")
COOKED_HEADER = _COOKED.size
_TYPE_802_1Q = 0x8100
_NO_POPULATING = 0
_NOTHING = (6, 0, 0, 0)
"""An instruction: keep no octet."""


class Asked(Struct, frozen=True, kw_only=True):
    """How to capture. `program` is a filter as BPF for the interface's link type, `latency` in seconds.

    `descriptor` is a packet socket that somebody else has opened, who may; -1: we open one.
    """

    program: Sequence[Instruction] | None = None
    snap: int = SNAP
    promiscuous: bool = True
    buffer: int = BUFFER
    latency: float = LATENCY
    descriptor: int = -1


class Counts(Struct, frozen=True):
    """What came since the beginning: packets that passed the filter, and those of them that had no room in the ring."""

    passed: int = 0
    dropped: int = 0


class Ring:
    """An interface's packets, or those of all (`any`), from now on.

    `blocks` gives what the kernel has handed over so far, in place; iterating gives Frames, and waits for more.
    Raises UsageError for an interface or a filter that can't be, CapabilityError without the privilege.
    """

    def __init__(self, name: str = ANY, asked: Asked | None = None) -> None:
        asked = asked or Asked()
        linux_only("capturing")
        if asked.buffer > LARGEST_BUFFER:
            raise UsageError(f"a ring has at most {LARGEST_BUFFER >> 20} MiB")
        self.interface: Interface = interface(name)
        if not self.interface.is_up:
            raise UsageError(f"{name} is down", hint=f"ip link set {name} up")
        self.link_type = self.interface.link_type
        self.snap = asked.snap
        self._counts = Counts()
        self._next = 0
        self._taken: deque[Frame] = deque()
        self._blocks = max(2, asked.buffer // BLOCK)
        self._cooked = self.link_type == COOKED
        self._socket = self._opened(asked.descriptor)
        try:
            self._set_up(asked)
            self._map = _mapped(self._socket, self._blocks * BLOCK)
        except BaseException:
            self._socket.close()
            raise
        self._memory = memoryview(self._map)
        self._words = self._memory.cast("I")
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)

    def _opened(self, descriptor: int) -> socket.socket:
        """A socket that hears nothing yet. One without a name is opened for all interfaces: see _set_up."""
        kind = socket.SOCK_DGRAM if self._cooked else socket.SOCK_RAW
        every = socket.htons(layout.ETH_P_ALL) if self.interface.index == 0 else 0
        if descriptor >= 0:
            return _passed_on(descriptor, kind)
        try:
            return socket.socket(socket.AF_PACKET, kind | socket.SOCK_CLOEXEC, every)
        except PermissionError:
            raise lacking("capturing", descriptor=True) from None

    def _set_up(self, asked: Asked) -> None:
        """Before the first packet the filter is there: what a socket for all has heard by then goes with the ring."""
        sock, one = self._socket, self.interface
        try:
            sock.setsockopt(layout.SOL_PACKET, layout.VERSION, layout.TPACKET_V3)
            if one.is_loopback:
                sock.setsockopt(layout.SOL_PACKET, layout.IGNORE_OUTGOING, 1)
            _attach(sock, kernel_program(asked.program, self.link_type, asked.snap, 0 if one.index else _loopback()))
            milliseconds = max(1, round(asked.latency * 1000))
            sock.setsockopt(
                layout.SOL_PACKET,
                layout.RX_RING,
                layout.REQUEST.pack(BLOCK, self._blocks, _SLOT, BLOCK // _SLOT * self._blocks, milliseconds, 0, 0),
            )
            if one.index:
                sock.bind((one.name, layout.ETH_P_ALL))
                if asked.promiscuous and not one.is_loopback:
                    wanted = layout.MEMBERSHIP.pack(one.index, layout.MEMBERSHIP_PROMISCUOUS, 0, bytes(8))
                    sock.setsockopt(layout.SOL_PACKET, layout.ADD_MEMBERSHIP, wanted)
            self._asked_for_counts()
        except OSError as exc:
            raise UsageError(
                f"{one.name} can't be captured from: {exc.strerror}", hint=_HINTS.get(exc.errno or 0, "")
            ) from exc

    # Blocks

    def fileno(self) -> int:
        """The descriptor, readable while a block waits."""
        return self._socket.fileno()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether a block has come within some seconds (None: however long that takes).

        Raises NetworkError where the interface went away.
        """
        if self._is_ours():
            return True
        ready = self._poll.poll(None if seconds is None else seconds * 1000)
        if any(event & select.POLLERR for _, event in ready):
            self.check()
        return self._is_ours()

    def check(self) -> None:
        """Raise NetworkError if the interface isn't there any more, or went down."""
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            there = is_there(self._socket, self.interface.index)
            raise NetworkError(f"{self.interface.name} {'went down' if there else 'is gone'}")

    def blocks(self) -> Iterator[tuple[memoryview, int]]:
        """Each block that is there now, and how many packets are in it.

        It is handed back, and its memory let go of, when the next one is asked for; who leaves before that is given it
        again.
        """
        while self._is_ours():
            at = self._next * BLOCK
            with self._memory[at : at + BLOCK] as block:
                yield block, self._words[(at + layout.BLOCK_PACKETS) // 4]
            self._words[(at + layout.BLOCK_STATUS) // 4] = 0
            self._next = (self._next + 1) % self._blocks

    def _is_ours(self) -> bool:
        return bool(self._words[(self._next * BLOCK + layout.BLOCK_STATUS) // 4] & layout.OURS)

    # Frames

    def frames(self, block: memoryview, packets: int) -> Iterator[Frame]:
        """A block's frames as a capture has them: VLAN tags in their places, cooked headers composed, none too long."""
        at = int.from_bytes(block[layout.BLOCK_FIRST : layout.BLOCK_FIRST + 4], sys.byteorder)
        link_type, snap, put_back = self.link_type, self.snap, self._put_back
        unpack, type_at = layout.PACKET.unpack_from, layout.ORIGIN_TYPE
        beside = layout.VLAN_VALID
        for _ in range(packets):
            step, seconds, nanoseconds, kept, length, status, begin, _, _, tag, tag_type = unpack(block, at)
            data = bytes(block[at + begin : at + begin + kept])
            if self._cooked or tag or status & beside:
                kind = tag_type if tag_type or status & layout.VLAN_TYPE_VALID else _TYPE_802_1Q
                tagged = kind.to_bytes(2, "big") + (tag & 0xFFFF).to_bytes(2, "big") if tag or status & beside else b""
                data, more = put_back(data, tagged, block, at)
                length += more
            yield Frame(
                data[:snap],
                seconds * 1_000_000_000 + nanoseconds,
                link_type,
                length,
                0,
                OUTBOUND if block[at + type_at] == layout.OUTGOING else INBOUND,
            )
            at += step

    def _put_back(self, data: bytes, tag: bytes, block: memoryview, at: int) -> tuple[bytes, int]:
        """What the kernel took from a frame, where it belongs, and how many octets that is."""
        if not self._cooked:
            if self.link_type != ETHERNET or len(data) < 12:
                return data, len(tag)
            return data[:12] + tag + data[12:], len(tag)
        head = cooked(bytes(block[at + layout.PACKET_HEADER : at + layout.ORIGIN_END]))
        if tag:
            head, data = tag[:2] + head[2:], tag[2:] + head[:2] + data
        return head + data, len(head) + len(tag)

    def __iter__(self) -> Iterator[Frame]:
        """Each frame once, also for who leaves and comes again."""
        while True:
            while not self._taken:
                self.wait()
                self.take()
            yield self._taken.popleft()

    def take(self) -> deque[Frame]:
        """The frames that were handed over and not yet read, in a queue that the iterator reads, too."""
        for block, packets in self.blocks():
            self._taken += self.frames(block, packets)
        return self._taken

    def finish(self) -> None:
        """Hear nothing more. What was heard so far is still handed over, within `latency` and the kernel's own tick."""
        _attach(self._socket, kernel_program([_NOTHING], self.link_type, 0))

    # Counts

    def counts(self) -> Counts:
        """Packets since the beginning. Those that were dropped don't come any more."""
        passed, dropped, _ = self._asked_for_counts()
        self._counts = Counts(self._counts.passed + passed, self._counts.dropped + dropped)
        return self._counts

    def _asked_for_counts(self) -> tuple[int, int, int]:
        """Since the last time; among those that passed the kernel counts those that were dropped."""
        found = self._socket.getsockopt(layout.SOL_PACKET, layout.STATISTICS, layout.COUNTS.size)
        passed, dropped, full = layout.COUNTS.unpack(found)
        return passed, dropped, full

    # The end

    def close(self) -> None:
        """Stop hearing, and let go of the memory; again does nothing."""
        if self._socket.fileno() < 0:
            return
        self._poll.unregister(self._socket)
        self._words.release()
        self._memory.release()
        self._map.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_HINTS = {
    12: "there isn't memory for such a ring: a smaller --buffer",  # ENOMEM
    100: "it is down: ip link set NAME up",  # ENETDOWN
}


def cooked(origin: bytes) -> bytes:
    """The header of a cooked frame, from what the kernel tells of where it came from (LINUX_SLL2)."""
    _, protocol, index, hardware, kind, octets, address = layout.ORIGIN.unpack(origin)
    return _COOKED.pack(protocol, 0, index, hardware, kind, octets, address[: min(octets, 8)])


def _passed_on(descriptor: int, kind: int) -> socket.socket:
    """Somebody else's socket. Raises UsageError for one that is none for packets, or of the wrong kind."""
    try:
        sock = socket.socket(fileno=descriptor)
    except OSError as exc:
        raise UsageError(f"descriptor {descriptor} is no socket: {exc.strerror}") from exc
    if sock.family != socket.AF_PACKET or sock.type != kind:
        wanted = "SOCK_DGRAM" if kind == socket.SOCK_DGRAM else "SOCK_RAW"
        sock.detach()
        raise UsageError(f"descriptor {descriptor} isn't a packet socket of type {wanted}")
    return sock


def _attach(sock: socket.socket, program: bytes) -> None:
    """Have the kernel run a filter. It copies the program while it is told."""
    held = array.array("B", program)
    address, _ = held.buffer_info()
    sock.setsockopt(
        socket.SOL_SOCKET,
        layout.SO_ATTACH_FILTER,
        layout.PROGRAM.pack(len(program) // layout.INSTRUCTION.size, address),
    )


def _mapped(sock: socket.socket, size: int) -> mmap.mmap:
    flags = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", _NO_POPULATING)
    return mmap.mmap(sock.fileno(), size, flags, mmap.PROT_READ | mmap.PROT_WRITE)


def _loopback() -> int:
    """The index of this machine's loopback interface; 0 without one."""
    for index, name in socket.if_nameindex():
        with contextlib.suppress(UsageError):
            if interface(name).is_loopback:
                return index
    return 0
