"""An SNMP engine of ours: its identifier, clock and counts, for as long as a content is served (RFC 3411 §3.1.1)."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from netloom.protocols.snmp.options import octets
from netloom.protocols.snmp.security import boots, new_engine_id
from netloom.wire.snmp.clock import Clock, OwnClock
from netloom.wire.snmp.message import MESSAGE_LIMIT
from netloom.wire.snmp.values import COUNTER32, INTEGER, OCTETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.protocols.snmp.notifier import Notifier
    from netloom.protocols.snmp.options import Options
    from netloom.protocols.snmp.view import View
    from netloom.wire.oid import Oid
    from netloom.wire.snmp.values import Value

REMOTE_LIMIT = 1024
"""Engines whose clocks are remembered, those that proved themselves last."""
SET_SERIAL: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 6, 1, 0)
ENABLE_AUTHEN_TRAPS: Oid = (1, 3, 6, 1, 2, 1, 11, 30, 0)
_SNMP: Oid = (1, 3, 6, 1, 2, 1, 11)
_ENGINE: Oid = (1, 3, 6, 1, 6, 3, 10, 2, 1)
_INT = (1 << 31) - 1
_WORD = (1 << 32) - 1

COUNTS: dict[str, Oid] = {
    "in_pkts": (*_SNMP, 1, 0), "out_pkts": (*_SNMP, 2, 0), "in_bad_versions": (*_SNMP, 3, 0),
    "in_bad_community_names": (*_SNMP, 4, 0), "in_bad_community_uses": (*_SNMP, 5, 0),
    "in_asn_parse_errs": (*_SNMP, 6, 0), "in_too_bigs": (*_SNMP, 8, 0), "in_no_such_names": (*_SNMP, 9, 0),
    "in_bad_values": (*_SNMP, 10, 0), "in_read_onlys": (*_SNMP, 11, 0), "in_gen_errs": (*_SNMP, 12, 0),
    "in_total_req_vars": (*_SNMP, 13, 0), "in_total_set_vars": (*_SNMP, 14, 0), "in_get_requests": (*_SNMP, 15, 0),
    "in_get_nexts": (*_SNMP, 16, 0), "in_set_requests": (*_SNMP, 17, 0), "in_get_responses": (*_SNMP, 18, 0),
    "in_traps": (*_SNMP, 19, 0), "out_too_bigs": (*_SNMP, 20, 0), "out_no_such_names": (*_SNMP, 21, 0),
    "out_bad_values": (*_SNMP, 22, 0), "out_gen_errs": (*_SNMP, 24, 0), "out_get_requests": (*_SNMP, 25, 0),
    "out_get_nexts": (*_SNMP, 26, 0), "out_set_requests": (*_SNMP, 27, 0), "out_get_responses": (*_SNMP, 28, 0),
    "out_traps": (*_SNMP, 29, 0), "silent_drops": (*_SNMP, 31, 0), "proxy_drops": (*_SNMP, 32, 0),
    "unknown_security_models": (1, 3, 6, 1, 6, 3, 11, 2, 1, 1, 0), "invalid_msgs": (1, 3, 6, 1, 6, 3, 11, 2, 1, 2, 0),
    "unknown_pdu_handlers": (1, 3, 6, 1, 6, 3, 11, 2, 1, 3, 0),
    "unavailable_contexts": (1, 3, 6, 1, 6, 3, 12, 1, 4, 0), "unknown_contexts": (1, 3, 6, 1, 6, 3, 12, 1, 5, 0),
    "unsupported_sec_levels": (1, 3, 6, 1, 6, 3, 15, 1, 1, 1, 0),
    "not_in_time_windows": (1, 3, 6, 1, 6, 3, 15, 1, 1, 2, 0),
    "unknown_user_names": (1, 3, 6, 1, 6, 3, 15, 1, 1, 3, 0),
    "unknown_engine_ids": (1, 3, 6, 1, 6, 3, 15, 1, 1, 4, 0), "wrong_digests": (1, 3, 6, 1, 6, 3, 15, 1, 1, 5, 0),
    "decryption_errors": (1, 3, 6, 1, 6, 3, 15, 1, 1, 6, 0),
}  # fmt: skip
"""What is counted, and where it is read (RFC 3418, RFC 3412 §8, RFC 3413 §4.1.2, RFC 3414 §5)."""


class Statistics:
    """Counts since the engine's start, each by its name in COUNTS."""

    __slots__ = tuple(COUNTS)

    def __init__(self) -> None:
        for name in COUNTS:
            setattr(self, name, 0)

    in_pkts: int
    out_pkts: int
    in_bad_versions: int
    in_bad_community_names: int
    in_bad_community_uses: int
    in_asn_parse_errs: int
    in_total_req_vars: int
    in_total_set_vars: int
    in_get_requests: int
    in_get_nexts: int
    in_set_requests: int
    in_traps: int
    out_too_bigs: int
    out_no_such_names: int
    out_bad_values: int
    out_gen_errs: int
    out_get_responses: int
    out_traps: int
    silent_drops: int
    unknown_security_models: int
    invalid_msgs: int
    unknown_pdu_handlers: int
    unknown_contexts: int
    unsupported_sec_levels: int
    not_in_time_windows: int
    unknown_user_names: int
    unknown_engine_ids: int
    wrong_digests: int
    decryption_errors: int


class Engine:
    """One engine. The sockets that serve one content share it."""

    def __init__(self, engine_id: str) -> None:
        self.loop = asyncio.get_running_loop()
        self.id = octets(engine_id) or new_engine_id()
        self.clock = OwnClock(boots() if engine_id else 1, self.loop.time())
        self.counts = Statistics()
        self.tells_wrong_communities = True
        self.set_serial = int.from_bytes(os.urandom(4)) >> 1
        self.view: View | None = None
        self.notifier: Notifier | None = None
        self._salt = int.from_bytes(os.urandom(8))
        self._remote: OrderedDict[bytes, Clock] = OrderedDict()

    def now(self) -> tuple[int, int]:
        """Boots and time."""
        return self.clock.at(self.loop.time())

    def salt(self) -> int:
        """A number that no message of ours had before."""
        self._salt += 1
        return self._salt

    def in_time(self, engine_id: bytes, boots: int, time: int) -> bool:
        """Whether an authentic message is, by our own clock or that of the engine which vouches for it."""
        now = self.loop.time()
        if engine_id == self.id:
            return self.clock.in_time(boots, time, now)
        clock = self._remote.setdefault(engine_id, Clock(0, 0, now))
        self._remote.move_to_end(engine_id)
        while len(self._remote) > REMOTE_LIMIT:
            self._remote.popitem(last=False)
        return clock.in_time(boots, time, now)

    def objects(self) -> dict[Oid, tuple[int, Callable[[], Value]]]:
        """What it tells of itself: for each instance a tag, and a function that gives the value."""
        found: dict[Oid, tuple[int, Callable[[], Value]]] = {
            oid: (COUNTER32, self._count(name)) for name, oid in COUNTS.items()
        }
        found[ENABLE_AUTHEN_TRAPS] = INTEGER, lambda: 1 if self.tells_wrong_communities else 2
        found[SET_SERIAL] = INTEGER, lambda: self.set_serial
        found[*_ENGINE, 1, 0] = OCTETS, lambda: self.id
        found[*_ENGINE, 2, 0] = INTEGER, lambda: self.now()[0]
        found[*_ENGINE, 3, 0] = INTEGER, lambda: self.now()[1]
        found[*_ENGINE, 4, 0] = INTEGER, lambda: MESSAGE_LIMIT
        return found

    def refusal(self, oid: Oid, tag: int, value: Value) -> str:
        """Why one of its own objects can't be set to a value: "" where it can, otherwise the status' name."""
        if oid not in (SET_SERIAL, ENABLE_AUTHEN_TRAPS):
            return "notWritable"
        if tag != INTEGER:
            return "wrongType"
        if oid == SET_SERIAL:  # TestAndIncr (RFC 2579 §2): who writes has to know the value that it had
            return "" if value == self.set_serial else "inconsistentValue"
        return "" if value in (1, 2) else "wrongValue"

    def set(self, oid: Oid, value: Value) -> None:
        """Set one of its own objects, after `refusal` had nothing against it."""
        if oid == SET_SERIAL:
            self.set_serial = (self.set_serial + 1) & _INT
        else:
            self.tells_wrong_communities = value == 1

    def _count(self, name: str) -> Callable[[], Value]:
        return lambda: getattr(self.counts, name) & _WORD


_ENGINES: WeakKeyDictionary[Any, dict[str, Engine]] = WeakKeyDictionary()


def engine_of(content: object, options: Options) -> Engine:
    """The engine that serves a content: one, however many sockets there are."""
    made = _ENGINES.setdefault(content, {})
    found = made.get(options.engine_id)
    if found is None or found.loop is not asyncio.get_running_loop():
        found = made[options.engine_id] = Engine(options.engine_id)
    return found
