"""Traps both ways, and v1's statuses (RFC 3584)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError
from netloom.wire.snmp import convert
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.pdu import Pdu, TrapV1
from netloom.wire.snmp.values import COUNTER64, INTEGER, OBJECT, TIME_TICKS, Varbind

ACME = (1, 3, 6, 1, 4, 1, 9999)
ABOUT = (Varbind((1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 2), INTEGER, 2),)


def told(kind: tuple[int, ...], *more: Varbind) -> Pdu:
    begin = Varbind(convert.SYS_UPTIME, TIME_TICKS, 77), Varbind(convert.TRAP_OID, OBJECT, kind)
    return Pdu(pdus.TRAP, 0, varbinds=(*begin, *more))


class TestToV2:
    @pytest.mark.parametrize("generic", range(6))
    def test_generic_ones(self, generic: int) -> None:
        made = convert.notification(TrapV1(ACME, b"\x7f\0\0\x01", generic, 0, 77, ABOUT))
        assert convert.taken_apart(made)[:2] == (77, (*convert.SNMP_TRAPS, generic + 1))
        said = {bind.oid: bind.value for bind in made.varbinds}
        assert said[convert.TRAP_ADDRESS] == b"\x7f\0\0\x01"
        assert said[convert.TRAP_ENTERPRISE] == ACME
        assert ABOUT[0] in made.varbinds

    def test_an_enterprises_own(self) -> None:
        made = convert.notification(TrapV1(ACME, bytes(4), 6, 42, 77))
        assert convert.taken_apart(made)[1] == (*ACME, 0, 42)


class TestToV1:
    def test_generic_ones(self) -> None:
        made = convert.trap_v1(told((*convert.SNMP_TRAPS, 3), *ABOUT))
        assert made == TrapV1(convert.SNMP_TRAPS, bytes(4), 2, 0, 77, ABOUT)

    @pytest.mark.parametrize("kind", [(*ACME, 0, 42), (*ACME, 42)])
    def test_an_enterprises_own(self, kind: tuple[int, ...]) -> None:
        assert convert.trap_v1(told(kind), b"\x7f\0\0\x01") == TrapV1(ACME, b"\x7f\0\0\x01", 6, 42, 77)

    def test_what_v1_cant_say(self) -> None:
        with pytest.raises(LocalProtocolError):
            convert.trap_v1(told(ACME, Varbind(ACME, COUNTER64, 1)))
        with pytest.raises(LocalProtocolError):
            convert.trap_v1(told((*ACME, 0, 2**31)))

    def test_what_is_no_notification(self) -> None:
        for pdu in (Pdu(pdus.TRAP, 0), Pdu(pdus.TRAP, 0, varbinds=told(ACME).varbinds[::-1]), told((1, 3))):
            with pytest.raises(LocalProtocolError):
                convert.taken_apart(pdu)


@given(st.integers(0, 5), st.binary(min_size=4, max_size=4), st.integers(0, 2**32 - 1))
def test_there_and_back(generic: int, agent: bytes, uptime: int) -> None:
    for trap in (TrapV1(ACME, agent, generic, 0, uptime, ABOUT), TrapV1(ACME, agent, 6, 7, uptime, ABOUT)):
        assert convert.trap_v1(convert.notification(trap)) == trap


def test_statuses() -> None:
    assert [convert.status_v1(status) for status in range(6)] == list(range(6))
    assert convert.status_v1(pdus.NOT_WRITABLE) == pdus.NO_SUCH_NAME
    assert convert.status_v1(pdus.WRONG_TYPE) == pdus.BAD_VALUE
    assert convert.status_v1(pdus.COMMIT_FAILED) == pdus.GEN_ERR
    assert {convert.status_v1(status) for status in range(19)} <= set(range(6))


def test_addresses() -> None:
    assert convert.address(b"\x7f\0\0\x01") == "127.0.0.1"
    assert convert.address(bytes(4)) == ""
