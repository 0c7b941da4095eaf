"""What is spoken in flows: patterns as kernels take them, and the closer look at payloads that they note."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netloom.packet.flows.heads import Head, Heads
from netloom.packet.flows.recognise import CLIENT, SERVER, TRANSPORTS
from netloom.packet.flows.tracked import Names
from netloom.packet.kernels import table as T

if TYPE_CHECKING:
    from netloom.packet.flows.recognise import Known, Recogniser
    from netloom.packet.kernels.call import Array

_NUMBERS = {name: number for number, name in TRANSPORTS.items()}
_SENDERS = {CLIENT: 0, SERVER: 1}


class Payload(NamedTuple):
    """What a packet carries. `whole`: all was captured; `first`: it is its direction's first; `in_order`: or next."""

    octets: bytes
    protocol: int
    back: int
    whole: bool
    first: bool
    in_order: bool


class Speech:
    """Recognises and names what flows speak, by their serials."""

    def __init__(self, recogniser: Recogniser | None) -> None:
        self.heads = Heads(recogniser)
        self._known = recogniser.known if recogniser is not None else []
        self._flows: dict[int, Head] = {}
        self.patterns, self.octets = compiled(self._known)

    def hear(self, serial: int, payload: Payload) -> bool:
        """A payload of a flow. Whether the next ones are wanted."""
        head = self._flows.get(serial)
        if head is None:
            head = self._flows[serial] = Head(payload.protocol)
        if payload.first:
            self.heads.recognise(head, payload.back, payload.octets)
        if payload.in_order:
            self.heads.read(head, payload.back, payload.octets, whole=payload.whole)
        return head.reader is not None

    def told(self, serial: int, pattern: int) -> tuple[str, Names]:
        """What a flow that is over spoke, and its names. `pattern` is the one that the kernel found, or -1."""
        head = self._flows.pop(serial, None)
        if head is not None:
            self.heads.close(head)
            if head.app:
                return head.app, head.names
        return (self._known[pattern].name if pattern >= 0 else ""), Names()


def compiled(known: list[Known]) -> tuple[Array, Array]:
    """Patterns as words, and the octets that they refer to."""
    words: list[int] = []
    octets = bytearray(1)
    for one in known:
        pattern = [0] * T.PATTERN
        pattern[T.SENDER] = _SENDERS[one.sender]
        pattern[T.TRANSPORT] = _NUMBERS[one.transport]
        pattern[T.OFFSET] = one.offset
        pattern[T.SIZE] = len(one.octets)
        pattern[T.START] = len(octets)
        pattern[T.CLOSER] = int(one.confirm is not None or one.wants_head)
        words += pattern
        octets += one.octets + one.mask
    return np.array(words, np.int64), np.frombuffer(octets, np.uint8).copy()
