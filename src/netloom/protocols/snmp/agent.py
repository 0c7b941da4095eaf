"""What an agent answers: get, get-next, get-bulk and set over a device's values (RFC 3416 §4.2, RFC 3584 §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.accounts import Account, Right
from netloom.links.datagrams import Peer
from netloom.protocols.snmp.view import Trouble, View
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.convert import status_v1
from netloom.wire.snmp.pdu import Pdu
from netloom.wire.snmp.values import COUNTER64, END_OF_MIB_VIEW, EXCEPTIONS, emit_varbinds, varbind

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.accounts import Accounts
    from netloom.contents.registers import Registers
    from netloom.protocols.snmp.engine import Engine
    from netloom.wire.oid import Oid

_SMALLEST_BIND = 6


class Source(Struct, frozen=True, gc=False):
    """Where a message came from. `proven` is true of a connection: nobody else's address can be its own."""

    host: str
    peer: Peer = None
    proven: bool = False

    @property
    def place(self) -> str:
        """Host and port as they are written, as far as they are known."""
        peer = self.peer
        if not isinstance(peer, tuple):
            return self.host
        return f"[{peer[0]}]:{peer[1]}" if ":" in str(peer[0]) else f"{peer[0]}:{peer[1]}"


_NOWHERE = Source("")


class Asked(Struct, frozen=True):
    """A request whose sender is known as far as its version allows. `limit` are the octets that the answer may have.

    `account` is None for who isn't anybody; `user` is how access records call it.
    """

    version: str
    pdu: Pdu
    limit: int
    account: Account | None = None
    user: str = ""
    source: Source = _NOWHERE


class Answer(Struct, frozen=True):
    """What is answered: a status, which binding it is about, and the bindings' octets, one by one."""

    status: int = 0
    index: int = 0
    varbinds: tuple[bytes, ...] = ()


class Agent:
    """Answers for a device."""

    kinds = frozenset((pdus.GET, pdus.GET_NEXT, pdus.GET_BULK, pdus.SET))
    is_open = False

    def __init__(self, registers: Registers, engine: Engine, accounts: Accounts) -> None:
        self.engine = engine
        if engine.view is None:
            engine.view = View(registers, engine)
        self._view = engine.view
        self._accounts = accounts

    def respond(self, asked: Asked) -> Answer | None:
        """The answer to a request."""
        pdu = asked.pdu
        counts = self.engine.counts
        right = Right.WRITE if pdu.kind == pdus.SET else Right.READ
        if not self._may(asked.account, right):
            counts.in_bad_community_uses += asked.version != "3"
            return self._refused(asked, pdus.AUTHORIZATION_ERROR, 1 if pdu.varbinds else 0)
        try:
            if pdu.kind == pdus.GET:
                counts.in_get_requests += 1
                found = self._get(asked)
            elif pdu.kind == pdus.SET:
                counts.in_set_requests += 1
                self._view.set(pdu.varbinds)
                counts.in_total_set_vars += len(pdu.varbinds)
                return Answer(varbinds=(emit_varbinds(pdu.varbinds),))
            elif pdu.kind == pdus.GET_NEXT:
                counts.in_get_nexts += 1
                found = self._next(asked)
            else:
                found = self._bulk(asked)
        except Trouble as trouble:
            return self._refused(asked, trouble.status, trouble.index)
        counts.in_total_req_vars += len(found)
        return Answer(varbinds=tuple(found))

    def _may(self, account: Account | None, right: Right) -> bool:
        """Who has no account reads where that is allowed, and never writes: a community is no secret worth the name."""
        return (account is not None or right is Right.READ) and self._accounts.may(account, right)

    def _refused(self, asked: Asked, status: int, index: int) -> Answer:
        """A "no", around the bindings as they were asked (RFC 3416 §4.2.1)."""
        if asked.version == "1":
            status = status_v1(status)
        counts = self.engine.counts
        counts.out_no_such_names += status == pdus.NO_SUCH_NAME
        counts.out_bad_values += status == pdus.BAD_VALUE
        counts.out_gen_errs += status == pdus.GEN_ERR
        return Answer(status, index, (emit_varbinds(asked.pdu.varbinds),))

    def _get(self, asked: Asked) -> list[bytes]:
        found = []
        encoded = self._view.encoded
        for index, bind in enumerate(asked.pdu.varbinds, 1):
            tag, octets = _said(encoded, bind.oid, index)
            if asked.version == "1" and (tag in EXCEPTIONS or tag == COUNTER64):
                raise Trouble(pdus.NO_SUCH_NAME, index)
            found.append(octets)
        return found

    def _next(self, asked: Asked) -> list[bytes]:
        found = []
        for index, bind in enumerate(asked.pdu.varbinds, 1):
            _, octets = self._following(self._view.after(bind.oid), bind.oid, index, asked.version)
            found.append(octets)
        return found

    def _following(self, position: int, asked: Oid, index: int, version: str) -> tuple[int, bytes]:
        """The instance at a position, and the position after it; at the end what says so. v1 skips 64 bits."""
        view = self._view
        while (oid := view.at(position)) is not None:
            tag, octets = _said(view.encoded, oid, index)
            position += 1
            if version != "1" or tag != COUNTER64:
                return position, octets
        if version == "1":
            raise Trouble(pdus.NO_SUCH_NAME, index)
        return position, varbind(asked, END_OF_MIB_VIEW)

    def _bulk(self, asked: Asked) -> list[bytes]:
        """As much as fits: what goes beyond the limit is left out afterwards (RFC 3416 §4.2.3)."""
        pdu = asked.pdu
        once = min(max(pdu.status, 0), len(pdu.varbinds))
        found: list[bytes] = []
        for index, bind in enumerate(pdu.varbinds[:once], 1):
            found.append(self._following(self._view.after(bind.oid), bind.oid, index, "")[1])
        columns = [(self._view.after(bind.oid), bind.oid) for bind in pdu.varbinds[once:]]
        size = sum(map(len, found))
        rounds = min(max(pdu.index, 0), asked.limit // _SMALLEST_BIND) if columns else 0
        for _ in range(rounds):
            for number, (position, oid) in enumerate(columns):
                if size > asked.limit:
                    return found
                following, octets = self._following(position, oid, once + number + 1, "")
                columns[number] = following, self._view.at(position) or oid
                found.append(octets)
                size += len(octets)
            if all(self._view.at(position) is None for position, _ in columns):
                break
        return found


def _said(encoded: Callable[[Oid], tuple[int, bytes]], oid: Oid, index: int) -> tuple[int, bytes]:
    """An instance's tag and binding. Raises Trouble that knows which binding it is about."""
    try:
        return encoded(oid)
    except Trouble as trouble:
        raise Trouble(trouble.status, index) from None
