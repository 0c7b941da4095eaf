"""What an agent has: a device's values and its engine's own, in the order of their identifiers (RFC 3416 §4.2)."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from netloom.contents import Invalid
from netloom.errors import LocalProtocolError, NetloomError
from netloom.protocols.snmp.names import names
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.values import NO_SUCH_INSTANCE, NO_SUCH_OBJECT, TAGS, Value, Varbind, varbind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.contents.registers import Register, Registers
    from netloom.contents.registers.register import Value as Kept
    from netloom.protocols.snmp.engine import Engine
    from netloom.wire.oid import Oid

_STATUS = {name: number for number, name in enumerate(pdus.ERRORS)}


class Trouble(Exception):
    """A value that can't be said, or one that can't be set: the status, and which binding (from 1) it is about."""

    def __init__(self, status: int, index: int) -> None:
        super().__init__(pdus.error_name(status))
        self.status = status
        self.index = index


class View:
    """All instances, in order. The device's own values win where both have one."""

    def __init__(self, registers: Registers, engine: Engine) -> None:
        self.registers = registers
        self.engine = engine
        self._own = engine.objects()
        self._order = sorted({*registers.oids, *self._own})
        self._objects: set[Oid] | None = None
        self._said: dict[Oid, tuple[Kept, int, bytes]] = {}  # a register's value as it was said last

    def get(self, oid: Oid) -> tuple[int, Value]:
        """An instance's tag and value, or what stands in its place."""
        register = self.registers.at(oid)
        if register is not None:
            return TAGS[register.smi], register.to_smi(self.registers.value(register.name))
        own = self._own.get(oid)
        if own is not None:
            return own[0], own[1]()
        return (NO_SUCH_INSTANCE if self._has_object(oid) else NO_SUCH_OBJECT), None

    def encoded(self, oid: Oid) -> tuple[int, bytes]:
        """An instance's tag and binding as octets. Raises Trouble where it can't be said, its index 0."""
        register = self.registers.at(oid)
        try:
            if register is None:
                tag, value = self.get(oid)
                return tag, varbind(oid, tag, value)
            kept = self.registers.value(register.name)
            said = self._said.get(oid)
            if said is None or said[0] is not kept:
                tag = TAGS[register.smi]
                said = self._said[oid] = kept, tag, varbind(oid, tag, register.to_smi(kept))
            return said[1], said[2]
        except (Invalid, LocalProtocolError):
            raise Trouble(pdus.GEN_ERR, 0) from None

    def after(self, oid: Oid) -> int:
        """Where in the order the first instance stands that comes after an identifier."""
        return bisect_right(self._order, oid)

    def at(self, position: int) -> Oid | None:
        """The instance that stands somewhere in the order, or None beyond its end."""
        return self._order[position] if position < len(self._order) else None

    def set(self, wanted: Sequence[Varbind]) -> None:
        """Set all of them or none (RFC 3416 §4.2.5). Raises Trouble."""
        changes: dict[str, Kept] = {}
        own: list[tuple[Oid, Value]] = []
        seen: dict[Oid, Varbind] = {}
        for index, bind in enumerate(wanted, 1):
            if seen.setdefault(bind.oid, bind) != bind:
                raise Trouble(pdus.INCONSISTENT_VALUE, index)
            register = self.registers.at(bind.oid)
            if register is not None:
                changes[register.name] = _checked(register, bind, index)
            elif bind.oid in self._own:
                refused = self.engine.refusal(bind.oid, bind.tag, bind.value)
                if refused:
                    raise Trouble(_STATUS[refused], index)
                own.append((bind.oid, bind.value))
            else:
                raise Trouble(pdus.NO_CREATION, index)
        try:
            self.registers.write(changes)
        except NetloomError:
            raise Trouble(pdus.COMMIT_FAILED, 0) from None
        for oid, value in own:
            self.engine.set(oid, value)

    def _has_object(self, oid: Oid) -> bool:
        """Whether there are other instances of the object that an identifier is about."""
        if self._objects is None:
            self._objects = {instance[:-1] for instance in self._order}
            known = names()
            for instance in self._order:
                node, index = known.near(instance)
                if node is not None and node.syntax is not None and index:
                    self._objects.add(node.oid)
        objects = self._objects
        return any(oid[:size] in objects for size in range(2, len(oid)))


def _checked(register: Register, bind: Varbind, index: int) -> Kept:
    """The value that is to be set. Raises Trouble."""
    if not register.writable:
        raise Trouble(pdus.NOT_WRITABLE, index)
    if bind.tag != TAGS[register.smi] or bind.value is None:
        raise Trouble(pdus.WRONG_TYPE, index)
    try:
        return register.from_smi(bind.value)
    except Invalid:
        raise Trouble(pdus.WRONG_VALUE, index) from None
