"""Entries: how a compiled kernel is called without Numba, by the address of one array of integers.

An entry is a C function that takes a pointer to 64-bit integers: each array as its address and its length, each number
as it is. It makes them what the kernel expects.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Argument(NamedTuple):
    """One argument of a kernel: `kind` is int, or the type of an array's items as NumPy spells it."""

    name: str
    kind: str

    @property
    def words(self) -> int:
        """How many integers stand for it."""
        return 1 if self.kind == "int" else 2


class Entry(NamedTuple):
    """A kernel, where it is defined, and what it takes."""

    module: str
    function: str
    arguments: tuple[Argument, ...]

    @property
    def name(self) -> str:
        return f"{self.module}.{self.function}"


def entry(place: str, /, **arguments: str) -> Entry:
    """`module.function`, and the kind of each argument in order."""
    module, _, function = place.partition(".")
    return Entry(module, function, tuple(Argument(name, kind) for name, kind in arguments.items()))


ENTRIES = {
    one.name: one
    for one in (
        entry(
            "walk.pcap",
            data="u1",
            at="int",
            end="int",
            swapped="int",
            nanoseconds="int",
            limit="int",
            head="int",
            link="int",
            rows="i8",
            state="i8",
        ),
        entry(
            "walk.pcapng",
            data="u1",
            at="int",
            end="int",
            swapped="int",
            limit="int",
            interfaces="int",
            clocks="i8",
            rows="i8",
            state="i8",
        ),
        entry("dissect.dissect", data="u1", n="int", rows="i8"),
        entry(
            "track.track",
            data="u1",
            n="int",
            rows="i8",
            keys="i8",
            table="i8",
            slots="i8",
            patterns="i8",
            near="i8",
            octets="u1",
            out="u1",
            found="i8",
            arena="u1",
            names="i8",
            places="i8",
            ended="i8",
            reasons="u1",
            notes="i8",
            numbers="i8",
            counters="i8",
        ),
        entry("track.hash", rows="i8", n="int", keys="i8"),
        entry("track.judge", table="i8", reasons="u1", otherwise="int", counters="i8"),
        entry("track.part", table="i8", slots="i8", keys="i8", reasons="u1", counters="i8"),
        entry("track.index", table="i8", slots="i8", keys="i8", count="int"),
        entry(
            "tally.add",
            keys="i8",
            many="int",
            numbers="i8",
            kinds="i8",
            members="i8",
            n="int",
            seeds="i8",
            room="int",
            held="i8",
            slots="i8",
            most="int",
            apart="int",
            joined="i8",
            links="i8",
            state="i8",
        ),
        entry("tally.index", held="i8", width="int", many="int", count="int", seeds="i8", slots="i8"),
        entry(
            "passing.count",
            data="u1",
            n="int",
            rows="i8",
            weights="i8",
            seeds="i8",
            edges="i8",
            limits="i8",
            problems="u1",
            methods="i8",
            alnum="u1",
            keys="i8",
            numbers="i8",
            looked="i8",
            jumps="i8",
            heads="i8",
            ring="i8",
            state="i8",
        ),
        entry("transpose.take", rows="i8", n="int", first="int", tasks="i8"),
        entry("passing.spread", n="int", rows="i8", width="int", least="int", packets="i8", octets="i8"),
        entry(
            "community.communities", table="i8", n="int", seed="int", octets="u1", words="u4", states="u4", cells="u1"
        ),
        entry(
            "ring.drain",
            data="u1",
            size="int",
            link="int",
            snap="int",
            form="int",
            number="int",
            most="int",
            blocks="int",
            out="u1",
            state="i8",
        ),
    )
}


def function(one: Entry, kernel: Any) -> Any:
    """The entry's function in Python, which Numba compiles. Imports Numba."""
    from netloom.packet.kernels.unpack import unpacked

    kinds = " ".join(argument.kind for argument in one.arguments)

    def call(words: Any) -> None:
        kernel(*unpacked(words, kinds))  # type: ignore[call-arg]

    return call
