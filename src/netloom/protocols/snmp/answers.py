"""What a response says in plain values, and how a "no" is raised (RFC 3416 §4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.errors import PeerRefused, RemoteProtocolError, Unauthenticated
from netloom.records import Entry
from netloom.shapes import Reply
from netloom.wire.oid import show_oid
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp import values
from netloom.wire.snmp.text import plain
from netloom.wire.snmp.values import EXCEPTIONS, TYPES, Value, Varbind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.wire.oid import Oid
    from netloom.wire.snmp.mib import Mib
    from netloom.wire.snmp.pdu import Pdu

_HINTS = {
    "tooBig": "ask for less at once; over UDP an agent of netloom's says no more than three times what it was asked "
    "unless it is told amplify=0, or proven to by version 3",
    "noSuchName": "netloom list shows what there is",
    "noSuchObject": "netloom list shows what there is",
    "noSuchInstance": "does an index follow the name? A single one's is .0",
    "notWritable": "it is read-only there",
    "readOnly": "it is read-only there",
    "wrongType": "say the type: i 5, u 5, s words",
    "authorizationError": "who may write? Mostly a user of version 3",
    "noAccess": "who may write? Mostly a user of version 3",
}


class Shown:
    """How values are shown: with names, or as numbers."""

    def __init__(self, mib: Mib, numeric: bool = False) -> None:
        self.mib = mib
        self.numeric = numeric

    def name(self, oid: Oid) -> str:
        """An instance's name."""
        return show_oid(oid) if self.numeric else self.mib.name(oid)

    def value(self, bind: Varbind) -> Any:
        """A value for people and JSON; None where there is none."""
        if self.numeric and isinstance(bind.value, tuple):
            return show_oid(bind.value)
        return plain(bind.tag, bind.value, self.mib.syntax(bind.oid), self.mib)

    def entry(self, bind: Varbind) -> Entry:
        """A value of a walk. Its size is the octets of its content."""
        size = len(values.encoded(bind.tag, bind.value)) - 2
        return Entry(
            name=self.name(bind.oid), path=show_oid(bind.oid), kind=TYPES[bind.tag], size=size, value=self.value(bind)
        )

    def reply(self, found: Sequence[Varbind], version: str, several: bool) -> Reply:
        """One value by itself, several by their names; `meta` has the types, the identifiers and the bare values.

        Raises PeerRefused where none of them is there.
        """
        missing = {self.name(bind.oid): TYPES[bind.tag] for bind in found if bind.tag in EXCEPTIONS}
        if found and len(missing) == len(found):
            name, word = next(iter(missing.items()))
            raise refused(word, name)
        if not several and len(found) == 1:
            bind = found[0]
            meta = {"name": self.name(bind.oid), "oid": show_oid(bind.oid), "type": TYPES[bind.tag],
                    "raw": raw(bind.value), "version": version}  # fmt: skip
            return Reply(meta, value=self.value(bind))
        named = {self.name(bind.oid): bind for bind in found}
        meta = {
            "version": version,
            "oids": {name: show_oid(bind.oid) for name, bind in named.items()},
            "types": {name: TYPES[bind.tag] for name, bind in named.items()},
            "raw": {name: raw(bind.value) for name, bind in named.items()},
        }
        return Reply(meta, value={name: self.value(bind) for name, bind in named.items()})


def raw(value: Value) -> Any:
    """A value as the wire has it: a number, octets in hex, an identifier in numbers."""
    if isinstance(value, tuple):
        return show_oid(value)
    return value.hex() if isinstance(value, bytes) else value


def raise_for(response: Pdu, asked: Sequence[Oid], shown: Shown) -> None:
    """Raises PeerRefused, its code the status' name, unless it is noError."""
    if response.status == pdus.NO_ERROR:
        return
    index = response.index
    binds = response.varbinds
    about = binds[index - 1].oid if 1 <= index <= len(binds) else asked[0] if len(asked) == 1 else ()
    raise refused(pdus.error_name(response.status), shown.name(about) if about else "")


def refused(word: str, name: str) -> PeerRefused:
    """The error that a status, or what stands in a value's place, is."""
    kind = Unauthenticated if word in ("authorizationError", "noAccess") else PeerRefused
    return kind(f"{name}: {word}" if name else word, code=word, text=name, hint=_HINTS.get(word, ""))


def same_objects(response: Pdu, asked: Sequence[Oid]) -> tuple[Varbind, ...]:
    """The bindings of an answer to a get or a set. Raises RemoteProtocolError where they are others."""
    if [bind.oid for bind in response.varbinds] != list(asked):
        raise RemoteProtocolError("the answer is about other objects", rule="RFC 3416 §4.2.1")
    return response.varbinds
