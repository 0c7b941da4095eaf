"""The ring that Linux puts frames into, in memory that it shares with us (packet(7), TPACKET_V3)."""

from __future__ import annotations

import array
import contextlib
import mmap
import select
import socket
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from netloom.errors import NetworkError, UsageError
from netloom.packet.live import layout
from netloom.packet.live.blocks import BLOCK, Blocks
from netloom.packet.live.interfaces import ANY, COOKED, Interface, interface, is_there, linux_only
from netloom.packet.live.privilege import lacking
from netloom.packet.live.program import Instruction, kernel_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.frame import Frame

SNAP = 262_144
"""Octets that are kept of a frame, unless less is asked for."""
BUFFER = 32 * 1024 * 1024
"""Octets of the whole ring, unless told otherwise: 256 KiB at least."""
LARGEST_BUFFER = 1 << 30
"""The kernel keeps a ring in memory that is never swapped out."""
LATENCY = 0.004
"""Seconds after which a block is handed over, even with a single packet in it."""

_SLOT = 2048  # the kernel wants one that fits; with frames of any length it means nothing
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


class Ring(Blocks):
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
        self.latency = asked.latency
        self._counts = Counts()
        self._taken: deque[Frame] = deque()
        blocks = max(2, asked.buffer // BLOCK)
        self._socket = self._opened(asked.descriptor)
        try:
            self._set_up(asked, blocks)
            self._map = _mapped(self._socket, blocks * BLOCK)
        except BaseException:
            self._socket.close()
            raise
        super().__init__(memoryview(self._map), self.interface.link_type, asked.snap)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)

    def _opened(self, descriptor: int) -> socket.socket:
        """A socket that hears nothing yet. One without a name is opened for all interfaces: see _set_up."""
        kind = socket.SOCK_DGRAM if self.interface.link_type == COOKED else socket.SOCK_RAW
        every = socket.htons(layout.ETH_P_ALL) if self.interface.index == 0 else 0
        if descriptor >= 0:
            return _passed_on(descriptor, kind)
        try:
            return socket.socket(socket.AF_PACKET, kind | socket.SOCK_CLOEXEC, every)
        except PermissionError:
            raise lacking("capturing", descriptor=True) from None

    def _set_up(self, asked: Asked, blocks: int) -> None:
        """Before the first packet the filter is there: what a socket for all has heard by then goes with the ring."""
        sock, one = self._socket, self.interface
        try:
            sock.setsockopt(layout.SOL_PACKET, layout.VERSION, layout.TPACKET_V3)
            if one.is_loopback:
                sock.setsockopt(layout.SOL_PACKET, layout.IGNORE_OUTGOING, 1)
            _attach(sock, kernel_program(asked.program, one.link_type, asked.snap, 0 if one.index else _loopback()))
            milliseconds = max(1, round(asked.latency * 1000))
            sock.setsockopt(
                layout.SOL_PACKET,
                layout.RX_RING,
                layout.REQUEST.pack(BLOCK, blocks, _SLOT, BLOCK // _SLOT * blocks, milliseconds, 0, 0),
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
        if self.is_ready:
            return True
        ready = self._poll.poll(None if seconds is None else seconds * 1000)
        if any(event & select.POLLERR for _, event in ready):
            self.check()
        return self.is_ready

    def check(self) -> None:
        """Raise NetworkError if the interface isn't there any more, or went down."""
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            there = is_there(self._socket, self.interface.index)
            raise NetworkError(f"{self.interface.name} {'went down' if there else 'is gone'}")

    # Frames

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
        self.release()
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
