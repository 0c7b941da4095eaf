"""What is spoken in flows: patterns as kernels take them, and the closer look at payloads that they note."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netloom.packet.flows import names
from netloom.packet.flows.heads import Head, Heads
from netloom.packet.flows.recognise import CLIENT, SERVER, TCP, UDP
from netloom.packet.flows.tracked import Names
from netloom.packet.kernels import table as T

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.flows.recognise import Known, Recogniser
    from netloom.packet.kernels.call import Array

_HEADS = {("tls", CLIENT, TCP): T.TLS_HELLO, ("dns", CLIENT, UDP): T.DNS_QUERY}
PAIRS = 1 << 17
"""Names of which it is remembered what they are made of."""


class Payload(NamedTuple):
    """What a packet carries. `whole`: all was captured; `first`: it is its direction's first; `in_order`: or next.

    `tags` and `flags` are the flow's words where it had a name so far.
    """

    octets: bytes
    protocol: int
    back: int
    whole: bool
    first: bool
    in_order: bool
    tags: int
    flags: int


class Speech:
    """Recognises and names what flows speak, by their serials. `spoken` are all protocols that were told so far."""

    def __init__(self, recogniser: Recogniser | None) -> None:
        self.heads = Heads(recogniser)
        self.patterns = compiled(recogniser.known if recogniser is not None else [])
        self.spoken = [""]
        self.shared = Shared()
        self._flows: dict[int, Head] = {}
        self._numbers = {"": 0}
        # What isn't recognised is pattern -1, the last one
        known = [one.name for one in recogniser.known] if recogniser is not None else []
        self._apps = np.array([self._number(name) for name in (*known, "")], np.uint16)

    def hear(self, serial: int, payload: Payload) -> bool:
        """A payload of a flow. Whether the next ones are wanted."""
        head = self._flows.get(serial)
        if head is None:
            head = self._flows[serial] = Head(payload.protocol)
            if payload.tags:
                self._go_on(head, payload)
        if payload.first:
            self.heads.recognise(head, payload.back, payload.octets)
        if payload.in_order:
            self.heads.read(head, payload.back, payload.octets, whole=payload.whole)
        return head.reader is not None

    def _go_on(self, head: Head, payload: Payload) -> None:
        """The kernel has read payloads before, all of which gave the flow one name."""
        head.app = "dns"  # the only one that goes on
        first = self.shared.example(payload.tags >> T.NAMED_AS & T.NAME_MASK)
        packets, octets = payload.tags >> T.HEARD, payload.flags >> T.READ
        mask = (1 << T.HEARD_BITS) - 1
        counted = (packets & mask, packets >> T.HEARD_BITS & mask), (octets & 0xFFFF, octets >> 16 & 0xFFFF)
        self.heads.go_on(head, first, *counted)

    def told(self, words: Array) -> tuple[Array, Named]:
        """Of flows that are over, what each spoke, as numbers into `spoken`, and the names of those that have any."""
        apps = self._apps[words[:, T.APP]]
        read: dict[int, Names] = {}
        if self._flows:
            for place, serial in enumerate(words[:, T.SERIAL].tolist()):
                head = self._flows.pop(serial, None)
                if head is None:
                    continue
                self.heads.close(head)
                if head.app:
                    apps[place] = self._number(head.app)
                    read[place] = head.names
        return apps, Named(self.shared, words[:, T.TAGS] >> T.NAMED_AS & T.NAMES_MASK, read)

    def _number(self, app: str) -> int:
        number = self._numbers.setdefault(app, len(self.spoken))
        if number == len(self.spoken):
            self.spoken.append(app)
        return number


class Named(Mapping[int, Names]):
    """The names of some flows, by their places; those that are shared are looked up when somebody asks for them."""

    def __init__(self, shared: Shared, pairs: Array, read: dict[int, Names]) -> None:
        self._shared = shared
        self._pairs = pairs
        self._read = read

    @functools.cached_property
    def _all(self) -> dict[int, Names]:
        places = np.flatnonzero(self._pairs)
        pairs = zip(places.tolist(), self._pairs[places].tolist(), strict=True)
        return {place: self._shared.names_of(pair) for place, pair in pairs} | self._read

    def __getitem__(self, place: int) -> Names:
        return self._all[place]

    def __iter__(self) -> Iterator[int]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


class Shared:
    """Names that the kernel found out to be those of many flows; each is read closely once.

    `arena`, `names` and `places` are for the kernel, and `out` and `found` what it works with.
    """

    def __init__(self) -> None:
        self.counters = np.zeros(T.COUNTERS, np.int64)
        self.arena = np.zeros(T.ARENA, np.uint8)
        self.names = np.zeros(T.MOST_NAMES * T.NAME, np.int64)
        self.places = np.zeros(2 * T.MOST_NAMES, np.int64)
        self.out = np.zeros(T.REDUCED, np.uint8)
        self.found = np.zeros(8, np.int64)
        self._pairs: dict[int, Names] = {}
        self._kinds: dict[int, Names] = {}
        self._hosts: dict[int, str | None] = {}

    def example(self, number: int) -> bytes:
        """The first payload that had a name."""
        start, size, _, example, _ = self._words(number)
        return self.arena[start + size : start + size + example].tobytes()

    def names_of(self, pair: int) -> Names:
        """A name by its number, and its host's."""
        found = self._pairs.get(pair)
        if found is None:
            if len(self._pairs) == PAIRS:
                self._pairs.clear()
            found = self._pairs[pair] = self._named(pair & T.NAME_MASK, pair >> T.HOST)
        return found

    def _named(self, number: int, host: int) -> Names:
        kind = self._kinds.get(number)
        if kind is None:
            kind = self._kinds[number] = self._kind(number)
        if not host or not kind.ja4:
            return kind
        if host not in self._hosts:
            self._hosts[host] = names.host(self._reduced(host))
        name = self._hosts[host]
        return Names() if name is None else Names(name, kind.alpn, kind.ja4)

    def _kind(self, number: int) -> Names:
        """What a name is without a host's: who breaks a rule has no names."""
        if self._words(number)[T.NAME_KIND] == T.DNS_QUERY:
            return Names(queries=(names.asked(self._reduced(number)),))
        return names.kind(self.example(number))

    def _reduced(self, number: int) -> bytes:
        start, size, _, _, _ = self._words(number)
        return self.arena[start + 1 : start + size].tobytes()

    def _words(self, number: int) -> list[int]:
        words: list[int] = self.names[number * T.NAME : (number + 1) * T.NAME].tolist()
        return words


class Patterns(NamedTuple):
    """Patterns as words, the octets that they refer to, and which of them a way's first octet leaves, in their order.

    `near` begins with where in it each of these parts begins, and the last one ends.
    """

    words: Array
    near: Array
    octets: Array


def compiled(known: list[Known]) -> Patterns:
    """Patterns as the kernel takes them."""
    words: list[int] = []
    octets = bytearray(1)
    for one in known:
        pattern = [0] * T.PATTERN
        pattern[T.OFFSET] = one.offset
        pattern[T.SIZE] = len(one.octets)
        pattern[T.START] = len(octets)
        pattern[T.CLOSER] = int(bool(one.confirm) or one.wants_head)
        pattern[T.HEAD] = _HEADS.get((one.name, one.sender, one.transport), 0)
        pattern[T.HOLDS] = len(one.holds)
        words += pattern
        octets += one.octets + one.mask + one.holds
    return Patterns(np.array(words, np.int64), _near(known), np.frombuffer(octets, np.uint8).copy())


def _near(known: list[Known]) -> Array:
    starts: list[int] = []
    numbers: list[int] = []
    first = T.WAYS * 256 + 1
    for way in [(transport, sender) for transport in (TCP, UDP) for sender in (CLIENT, SERVER)]:
        its = [(number, one) for number, one in enumerate(known) if (one.transport, one.sender) == way]
        for octet in range(256):
            starts.append(first + len(numbers))
            numbers += [number for number, one in its if one.begins(octet)]
    return np.array([*starts, first + len(numbers), *numbers], np.int64)
