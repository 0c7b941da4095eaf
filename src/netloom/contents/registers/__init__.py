"""Registers: the named values of a device, for SNMP, Modbus and CoAP, each of which finds them in its own way."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from netloom.contents import Forbidden, NotFound, TooLarge
from netloom.contents.registers.example import EXAMPLE
from netloom.contents.registers.register import Register, Table, Value
from netloom.contents.registers.schema import parse_schema
from netloom.contents.registers.snmprec import parse_snmprec
from netloom.errors import UsageError
from netloom.wire.oid import Oid, show_oid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

__all__ = ["CONTENT", "Changes", "Register", "Registers", "Value"]

WATCHERS = 10_000
"""How many may watch at once."""
_START: dict[str, Value] = {"bool": False, "int": 0, "float": 0.0, "text": "", "bytes": b"", "oid": "0.0",
                            "ip": "0.0.0.0", "uptime": 0.0}  # fmt: skip  # noqa: S104  # a value, not bound


class Registers:
    """Named values, and where each protocol has them. All are in memory; what peers write is forgotten at the end."""

    KIND: ClassVar[str] = "registers"

    def __init__(
        self,
        registers: Iterable[tuple[Register, Value | None]] | None = None,
        *,
        source: str = "a simulated controller",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without any, an example. Raises UsageError where two claim one name or place."""
        given = list(parse_schema(EXAMPLE, source) if registers is None else registers)
        self.source = source
        self._clock = clock
        self._started = clock()
        self._registers: dict[str, Register] = {}
        self._values: dict[str, Value] = {}
        self._oids: dict[Oid, Register] = {}
        self._paths: dict[str, Register] = {}
        self._words: dict[Table, dict[int, Register]] = {"coil": {}, "discrete": {}, "holding": {}, "input": {}}
        self._watching: set[Changes] = set()
        for register, value in given:
            self._add(register, _START[register.kind] if value is None else value)
        self._order = sorted(self._oids)
        self._bounds = {table: (min(places), max(places)) for table, places in self._words.items() if places}

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`registers`, `registers:DEVICE.toml` or `registers:DEVICE.snmprec`. Raises UsageError."""
        if not argument:
            return cls()
        path = Path(argument)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--content registers: {argument} can't be read: {error}") from None
        if path.suffix == ".snmprec":
            return cls(parse_snmprec(text, argument), source=argument)
        return cls(parse_schema(text, argument), source=argument)

    def describe(self) -> str:
        return f"{len(self._registers)} registers of {self.source}"

    @property
    def names(self) -> tuple[str, ...]:
        """The values' names, in the order of the schema."""
        return tuple(self._registers)

    def named(self, name: str) -> Register:
        """A register by its name. Raises NotFound."""
        found = self._registers.get(name)
        if found is None:
            raise NotFound(f"there is no value {name[:80]!r}")
        return found

    def value(self, name: str) -> Value:
        """What it is now. Raises NotFound."""
        register = self.named(name)
        if register.kind == "uptime":
            return self._clock() - self._started + float(self._values[name])
        return self._values[name]

    def write(self, changes: Mapping[str, Value]) -> None:
        """What a peer writes: all of it or nothing. Raises NotFound, Forbidden, Invalid."""
        for name in changes:
            if not self.named(name).writable:
                raise Forbidden(f"{name} can't be written")
        self.store(changes)

    def store(self, changes: Mapping[str, Value]) -> None:
        """What the device itself finds, also where peers only read: all of it or nothing. Raises NotFound, Invalid."""
        checked = {name: self.named(name).check(value) for name, value in changes.items()}
        for name, value in checked.items():
            if self._registers[name].kind == "uptime":
                self._started = self._clock()
            changed = self._values[name] != value
            self._values[name] = value
            if changed:
                for watcher in self._watching:
                    watcher._tell(name)

    # Where SNMP has them

    def at(self, oid: Oid) -> Register | None:
        """The register of an instance."""
        return self._oids.get(oid)

    def after(self, oid: Oid) -> Register | None:
        """The first whose identifier comes after `oid` in lexicographic order (RFC 3416 §4.2.2)."""
        position = bisect_right(self._order, oid)
        return self._oids[self._order[position]] if position < len(self._order) else None

    @property
    def oids(self) -> tuple[Oid, ...]:
        """Every instance, in lexicographic order."""
        return tuple(self._order)

    # Where CoAP has them

    def on(self, path: str) -> Register | None:
        """The register of a path."""
        return self._paths.get(path.strip("/"))

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths, without a leading slash."""
        return tuple(self._paths)

    # Where Modbus has them

    def words(self, table: Table, address: int, count: int) -> tuple[int, ...]:
        """`count` words (or bits) from `address` on; what lies between two registers is 0. Raises NotFound outside."""
        places, (first, last) = self._words[table], self._bounds.get(table, (1, 0))
        if address < first or address + count - 1 > last:
            raise NotFound(f"no {table} has the address {address}" + (f" to {address + count - 1}" * (count > 1)))
        found: list[int] = []
        while len(found) < count:
            register = places.get(address + len(found))
            if register is None:
                found.append(0)
            else:
                skipped = address + len(found) - register.address
                found += register.to_words(self.value(register.name))[skipped:]
        return tuple(found[:count])

    def write_words(self, table: Table, address: int, words: tuple[int, ...]) -> None:
        """What a peer writes into words (or bits) from `address` on: all of it or nothing.

        A register of which only some words are written keeps the others. Raises NotFound, Forbidden, Invalid.
        """
        places = self._words[table]
        merged: dict[str, list[int]] = {}
        for at, word in enumerate(words, address):
            register = places.get(at)
            if register is None:
                raise NotFound(f"no {table} has the address {at}")
            if register.name not in merged:
                merged[register.name] = list(register.to_words(self.value(register.name)))
            merged[register.name][at - register.address] = word
        self.write({name: self._registers[name].from_words(tuple(new)) for name, new in merged.items()})

    # Changes

    @asynccontextmanager
    async def watch(self, *names: str) -> AsyncIterator[Changes]:
        """`async with registers.watch("fan") as changes: async for name, value in changes`; without names, all.

        Raises NotFound, and TooLarge above WATCHERS.
        """
        if len(self._watching) >= WATCHERS:
            raise TooLarge(f"no more than {WATCHERS} may watch")
        watcher = Changes(self, frozenset(self.named(name).name for name in names))
        self._watching.add(watcher)
        try:
            yield watcher
        finally:
            self._watching.discard(watcher)

    def _add(self, register: Register, value: Value) -> None:
        claims: list[tuple[object, bool]] = [
            (register.name, register.name in self._registers),
            (show_oid(register.oid), register.oid in self._oids),
            (f"/{register.path}", bool(register.path) and register.path in self._paths),
        ]
        if register.table:
            taken = [at for at in self._span(register) if at in self._words[register.table]]
            claims.append((f"{register.table}:{taken[0] if taken else 0}", bool(taken)))
        for claim, is_taken in claims:
            if is_taken:
                raise UsageError(f"{self.source}: {claim} stands there twice", hint="each value has places of its own")
        self._registers[register.name] = register
        self._values[register.name] = value
        if register.oid:
            self._oids[register.oid] = register
        if register.path:
            self._paths[register.path] = register
        if register.table:
            self._words[register.table] |= dict.fromkeys(self._span(register), register)

    @staticmethod
    def _span(register: Register) -> range:
        return range(register.address, register.address + register.width)


class Changes:
    """What changes, for one reader. Whoever reads slowly gets each value's latest state: memory is bounded by names."""

    def __init__(self, registers: Registers, names: frozenset[str]) -> None:
        self._registers = registers
        self._names = names
        self._changed: dict[str, None] = {}
        self._waiting: asyncio.Future[None] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[str, Value]:
        while not self._changed:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        name = next(iter(self._changed))
        del self._changed[name]
        return name, self._registers.value(name)

    def _tell(self, name: str) -> None:
        if not self._names or name in self._names:
            self._changed[name] = None
            if self._waiting is not None and not self._waiting.done():
                self._waiting.set_result(None)


CONTENT = Registers
