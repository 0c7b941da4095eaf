"""Variable bindings: every type, its bounds, and what agents in the field get wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.snmp import ber, values
from tests.wire.snmp.strategies import SOME

if TYPE_CHECKING:
    from netloom.wire.snmp.values import Varbind

NAME = (1, 3, 6, 1)


def read(tag: int, octets: str) -> values.Value:
    content = ber.oid(NAME) + ber.element(tag, bytes.fromhex(octets))
    data = ber.element(ber.SEQUENCE, ber.element(ber.SEQUENCE, content))
    (bind,) = values.read_varbinds(data, 0, len(data))
    return bind.value


@given(SOME)
def test_read_back(binds: tuple[Varbind, ...]) -> None:
    data = ber.element(ber.SEQUENCE, values.emit_varbinds(binds))
    assert values.read_varbinds(data, 0, len(data)) == binds


@pytest.mark.parametrize(
    ("tag", "octets", "value"),
    [
        (values.INTEGER, "ff", -1),
        (values.COUNTER32, "00ffffffff", 2**32 - 1),
        (values.COUNTER32, "ffffffff", 2**32 - 1),  # without the zero that says that it isn't below zero
        (values.GAUGE32, "7f", 127),
        (values.COUNTER64, "00ffffffffffffffff", 2**64 - 1),
        (values.COUNTER64, "ffffffffffffffff", 2**64 - 1),
        (values.IP_ADDRESS, "c0000201", b"\xc0\0\2\x01"),
        (values.NO_SUCH_OBJECT, "", None),
        (values.OPAQUE, "9f780442f60000", bytes.fromhex("9f780442f60000")),
    ],
)
def test_known_ones(tag: int, octets: str, value: values.Value) -> None:
    assert read(tag, octets) == value


@pytest.mark.parametrize(
    ("tag", "octets"),
    [
        (values.INTEGER, ""),
        (values.INTEGER, "0000000001"),
        (values.COUNTER32, ""),
        (values.COUNTER32, "ff"),
        (values.COUNTER32, "0100000000"),
        (values.COUNTER32, "000000000001"),
        (values.COUNTER64, "01ffffffffffffffff"),
        (values.IP_ADDRESS, "c00002"),
        (values.NULL, "00"),
        (values.END_OF_MIB_VIEW, "00"),
        (values.OBJECT, "80"),
        (0x48, "00"),
        (0x83, ""),
        (0x30, ""),
    ],
)
def test_refused(tag: int, octets: str) -> None:
    with pytest.raises(RemoteProtocolError):
        read(tag, octets)


@pytest.mark.parametrize(
    "data",
    [
        "3003040141",  # no binding in the list
        "30053003060129",  # no value
        "3006300406000500" + "00",  # something behind the list
        "3008300606000500" + "0500",  # something behind the value
        "300630040400" + "0500",  # no identifier
    ],
)
def test_bindings_that_are_none(data: str) -> None:
    raw = bytes.fromhex(data)
    with pytest.raises(RemoteProtocolError):
        values.read_varbinds(raw, 0, len(raw))


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (values.INTEGER, 2**31),
        (values.INTEGER, b"x"),
        (values.COUNTER32, -1),
        (values.GAUGE32, 2**32),
        (values.COUNTER64, 2**64),
        (values.IP_ADDRESS, b"xyz"),
        (values.OCTETS, "text"),
        (values.OCTETS, bytes(65_536)),
        (values.OBJECT, (9, 9)),
        (values.NULL, 1),
        (0x99, 1),
    ],
)
def test_never_said(tag: int, value: values.Value) -> None:
    with pytest.raises(LocalProtocolError):
        values.encoded(tag, value)
