"""PDUs of every kind."""

from __future__ import annotations

import pytest
from hypothesis import given

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.snmp import ber
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.pdu import Pdu, TrapV1
from tests.wire.snmp.strategies import PDUS, TRAPS


@given(PDUS | TRAPS)
def test_read_back(pdu: Pdu | TrapV1) -> None:
    data = pdus.emit(pdu)
    assert pdus.parse(data, 0, len(data)) == pdu


def test_errors_have_their_numbers() -> None:
    assert [pdus.ERRORS[number] for number in (0, 1, 2, 5, 6, 16, 17, 18)] == [
        "noError", "tooBig", "noSuchName", "genErr", "noAccess", "authorizationError", "notWritable",
        "inconsistentName",
    ]  # fmt: skip
    assert (pdus.GEN_ERR, pdus.NO_CREATION, pdus.COMMIT_FAILED, pdus.INCONSISTENT_NAME) == (5, 11, 14, 18)
    assert pdus.error_name(17) == "notWritable"
    assert pdus.error_name(99) == "error 99"
    assert pdus.error_name(-1) == "error -1"


@pytest.mark.parametrize(
    "data",
    [
        pdus.framed(0xA9, 1, 0, 0, b""),
        pdus.framed(pdus.GET, 1, 0, -1, b""),
        pdus.framed(pdus.GET, 1, 0, 0, b"") + b"x",
        ber.element(pdus.GET, ber.integer(1)),
        ber.element(pdus.GET, b"\x02\x05\0\0\0\0\x01" + ber.integer(0) * 2 + b"\x30\0"),
    ],
)
def test_refused(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        pdus.parse(data, 0, len(data))


@pytest.mark.parametrize("kind", [pdus.GET, pdus.GET_NEXT, pdus.GET_BULK, pdus.SET])
def test_a_mistake_is_found_where_it_stands(kind: int) -> None:
    data = b"before" + pdus.framed(kind, 1, 0, 0, ber.element(ber.SEQUENCE, ber.integer(7)))
    for _ in range(2):
        with pytest.raises(RemoteProtocolError) as caught:
            pdus.parse(data, 6, len(data))
        assert caught.value.offset == data.index(ber.integer(7))


def test_a_get_bulk_may_have_a_negative_number() -> None:
    """RFC 3416 §4.2.3: below zero is as good as zero, which is for the agent to do."""
    data = pdus.framed(pdus.GET_BULK, 1, -1, -5, b"")
    assert pdus.parse(data, 0, len(data)) == Pdu(pdus.GET_BULK, 1, -1, -5)


class TestTheOldTrap:
    TRAP = TrapV1((1, 3, 6, 1), b"\x7f\0\0\x01", 6, 1, 100)

    @pytest.mark.parametrize("change", [{"generic": 7}, {"generic": -1}, {"specific": -1}, {"agent": b"x"}])
    def test_never_said(self, change: dict[str, object]) -> None:
        fields = {name: getattr(self.TRAP, name) for name in TrapV1.__struct_fields__} | change
        with pytest.raises(LocalProtocolError):
            pdus.emit(TrapV1(**fields))

    def test_refused(self) -> None:
        good = pdus.emit(self.TRAP)
        for at, octet in ((7, 0x41), (8, 3), (15, 7), (18, 0xFF), (19, 0x42), (20, 0)):
            bad = bytearray(good)
            assert bad[at] != octet
            bad[at] = octet
            with pytest.raises(RemoteProtocolError):
                pdus.parse(bytes(bad), 0, len(bad))
