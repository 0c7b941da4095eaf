"""Messages of v3, before anything in them is verified."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.snmp import ber, message, v3
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.pdu import Pdu, TrapV1
from netloom.wire.snmp.v3 import AUTH, PRIV, REPORTABLE, Header, Security
from tests.fuzzing import hammer
from tests.wire.snmp.strategies import PDUS

NUMBER = st.integers(0, 2**31 - 1)
HEADERS = st.builds(Header, NUMBER, st.integers(484, 2**31 - 1), st.sampled_from([0, AUTH, 3, 4, 5, 7]))
SECURITY = st.builds(
    Security,
    st.binary(max_size=32),
    NUMBER,
    NUMBER,
    st.binary(max_size=32),
    st.binary(max_size=48),
    st.binary(max_size=8),
)
PLAIN = v3.emit_scoped(b"engine", b"", pdus.framed(pdus.GET, 1, 0, 0, b""))


@given(HEADERS, SECURITY, st.binary(max_size=200))
def test_read_back(header: Header, security: Security, data: bytes) -> None:
    data = data if header.flags & PRIV else PLAIN
    made, at = v3.emit(header, security, data)
    found = v3.parse(made)
    assert (found.header, found.security, found.data, found.auth_at) == (header, security, data, at)
    assert made[at : at + len(security.auth)] == security.auth
    assert message.version_of(made) == 3


@given(st.binary(max_size=32), st.binary(max_size=255), PDUS)
def test_scoped_pdus(engine: bytes, context: bytes, pdu: Pdu) -> None:
    data = v3.emit_scoped(engine, context, pdus.emit(pdu))
    assert v3.parse_scoped(data) == v3.Scoped(engine, context, pdu)
    assert v3.parse_scoped(data + bytes(7), padded=True).pdu == pdu
    with pytest.raises(RemoteProtocolError):
        v3.parse_scoped(data + b"x")


def test_hostile_ones() -> None:
    hammer(v3.parse, [v3.emit(Header(1, 65507, flags), Security(b"12345", 1, 2, b"ann"), PLAIN)[0] for flags in (0, 4)])
    hammer(v3.parse_scoped, [PLAIN])


def changed(**fields: Any) -> bytes:
    """A message with a field that our own emitter wouldn't say."""
    about: dict[str, Any] = {
        "id": 1, "size": 65_507, "flags": b"\0", "model": 3, "boots": 0, "time": 0, "data": PLAIN, "behind": b"",
    } | fields  # fmt: skip

    def numbers(*names: str) -> bytes:
        return b"".join([ber.integer(about[name]) for name in names])

    def octets(*names: str) -> bytes:
        return b"".join([ber.element(ber.OCTETS, about.get(name, b"")) for name in names])

    header = ber.element(ber.SEQUENCE, numbers("id", "size") + octets("flags") + numbers("model"))
    inside = octets("engine") + numbers("boots", "time") + octets("user", "auth", "priv")
    security = ber.element(ber.OCTETS, ber.element(ber.SEQUENCE, inside) + about["behind"])
    return ber.element(ber.SEQUENCE, ber.integer(3) + header + security + about["data"])


def test_the_frame_of_these_tests_is_right() -> None:
    assert v3.parse(changed()).data == PLAIN


@pytest.mark.parametrize(
    "fields",
    [
        {"id": -1},
        {"size": 483},
        {"flags": b""},
        {"flags": b"\0\0"},
        {"flags": bytes((PRIV,)), "data": ber.element(ber.OCTETS, PLAIN)},
        {"model": 0},
        {"boots": -1},
        {"time": -1},
        {"engine": bytes(33)},
        {"user": bytes(33)},
        {"auth": bytes(65)},
        {"priv": bytes(65)},
        {"behind": b"x"},
        {"flags": bytes((AUTH | PRIV,))},  # it says that it is encrypted, and isn't
        {"data": ber.element(ber.OCTETS, PLAIN)},  # it says that it isn't, and is
        {"data": PLAIN + b"x"},
    ],
)
def test_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError):
        v3.parse(changed(**fields))


def test_another_security_model_keeps_to_itself() -> None:
    found = v3.parse(changed(model=4, engine=bytes(40)))
    assert (found.header.model, found.security) == (4, Security())


def test_no_old_trap_inside() -> None:
    with pytest.raises(RemoteProtocolError):
        v3.parse_scoped(v3.emit_scoped(b"", b"", pdus.emit(TrapV1((1, 3), bytes(4), 1, 0, 5))))


@pytest.mark.parametrize(
    ("header", "security"),
    [
        (Header(-1, 65_507, 0), Security()),
        (Header(1, 100, 0), Security()),
        (Header(1, 65_507, REPORTABLE), Security(boots=2**31)),
        (Header(1, 65_507, 0), Security(user=bytes(33))),
        (Header(1, 65_507, 0), Security(engine_id=bytes(33))),
    ],
)
def test_never_said(header: Header, security: Security) -> None:
    with pytest.raises(LocalProtocolError):
        v3.emit(header, security, PLAIN)
