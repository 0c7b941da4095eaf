"""The manager's side of v3: discovery, what is believed, and what isn't."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.endpoint import Endpoint, Secret
from netloom.errors import RemoteProtocolError, Unauthenticated
from netloom.protocols.snmp.options import Options, identity
from netloom.protocols.snmp.security import Secured, boots, new_engine_id
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp import usm, v3
from netloom.wire.snmp.message import DATAGRAM_LIMIT
from netloom.wire.snmp.pdu import Pdu
from netloom.wire.snmp.v3 import AUTH, PRIV, REPORTABLE, Header, Security
from netloom.wire.snmp.values import COUNTER32, OCTETS, Varbind, varbind

ENGINE = bytes.fromhex("80001f8803abcdef")
NAME = (1, 3, 6, 1, 2, 1, 1, 5, 0)
STATS = (1, 3, 6, 1, 6, 3, 15, 1, 1)
SAID = varbind(NAME, OCTETS, b"here")


def secured(user: str = "ann:wonderland@", **options: Any) -> Secured:
    chosen = Options(version="3", **options)
    return Secured(identity(Endpoint.parse(f"snmp://{user}h"), chosen), chosen)


def message(kind: int = pdus.RESPONSE, binds: bytes = SAID, **fields: Any) -> bytes:
    """What an agent sends."""
    about: dict[str, Any] = {"msg_id": 7, "flags": 3, "clock": (5, 100), "user": b"ann", "engine": ENGINE} | fields
    flags, engine, (now_boots, now) = about["flags"], about["engine"], about["clock"]
    password = Secret(about.get("password", "wonderland"))
    key = usm.keys(usm.User(about["user"] or b"x", "sha256", password, "aes", password), engine)
    assert key is not None
    data, salt = v3.emit_scoped(engine, b"", pdus.framed(kind, 1, 0, 0, binds)), b""
    if flags & PRIV:
        data, salt = usm.encrypt(data, key, (now_boots, now), 99)
    digest = bytes(key.digest_size) if flags & AUTH else b""
    security = Security(engine, now_boots, now, about["user"], digest, salt)
    made, at = v3.emit(Header(about["msg_id"], 65_507, flags), security, data)
    return usm.signed(made, at, key) if flags & AUTH else made


def report(number: int, **fields: Any) -> bytes:
    return message(pdus.REPORT, varbind((*STATS, number, 0), COUNTER32, 1), **{"flags": 0, "user": b""} | fields)


def met(user: str = "ann:wonderland@", **options: Any) -> Secured:
    """One that has discovered its agent."""
    made = secured(user, **options)
    assert made.discovered(report(4, msg_id=1), 1, 0.0)
    return made


class TestDiscovery:
    def test_a_request_that_no_engine_takes(self) -> None:
        found = v3.parse(secured().discovery(7))
        assert found.header == Header(7, DATAGRAM_LIMIT, REPORTABLE)
        assert found.security == Security()
        assert v3.parse_scoped(found.data).pdu == Pdu(pdus.GET, 7)

    def test_who_it_is(self) -> None:
        made = met()
        assert made.engine_id == ENGINE
        assert made.clock.at(10.0) == (5, 110)
        assert not made.clock.proven

    def test_another_messages_answer(self) -> None:
        assert secured().discovered(report(4, msg_id=2), 1, 0.0) is None

    @pytest.mark.parametrize("data", [message(flags=0, user=b"", msg_id=1), report(4, msg_id=1, engine=b"abcd")])
    def test_what_is_no_report(self, data: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            secured().discovered(data, 1, 0.0)


class TestRequests:
    @pytest.mark.parametrize(
        ("user", "options", "flags"),
        [("ann:wonderland@", {}, 7), ("ann:wonderland@", {"priv": "none"}, 5), ("ann@", {"auth": "none"}, 4)],
    )
    def test_as_well_protected_as_can_be(self, user: str, options: dict[str, Any], flags: int) -> None:
        made = met(user, **options)
        data = made.request(pdus.framed(pdus.GET, 1, 0, 0, SAID), 7, 20.0)
        found = v3.parse(data)
        assert found.header.flags == flags
        assert found.security.user == b"ann"
        assert found.security.engine_id == ENGINE
        assert (found.security.boots, found.security.time) == ((5, 120) if flags & AUTH else (0, 0))
        assert (b"here" in data) is not bool(flags & PRIV)
        if made._keys is not None:
            assert usm.is_signed(data, found.auth_at, found.security.auth, made._keys)

    def test_no_two_are_encrypted_alike(self) -> None:
        made = met()
        pdu = pdus.framed(pdus.GET, 1, 0, 0, SAID)
        assert len({v3.parse(made.request(pdu, 7, 0.0)).security.priv for _ in range(50)}) == 50

    def test_a_trap_is_vouched_for_by_ourselves(self) -> None:
        found = v3.parse(secured(engine_id="8000000001020304").trap(pdus.framed(pdus.TRAP, 1, 0, 0, b""), 7))
        assert found.security.engine_id.hex() == "8000000001020304"
        assert found.header.flags == AUTH | PRIV, "nobody reports to who sends a trap"
        assert found.security.boots > 100_000_000


class TestResponses:
    def test_one(self) -> None:
        made = met()
        found = made.response(message(), 7, 0.0)
        assert found == Pdu(pdus.RESPONSE, 1, 0, 0, (Varbind(NAME, OCTETS, b"here"),))
        assert made.authentic

    @pytest.mark.parametrize(
        "fields",
        [
            {"msg_id": 8},
            {"password": "looking glass"},
            {"user": b"eve"},
            {"engine": b"another engine"},
            {"flags": AUTH},
            {"flags": 0},
            {"kind": pdus.GET},
        ],
        ids=lambda fields: next(iter(fields)),
    )
    def test_what_nobody_vouches_for(self, fields: dict[str, Any]) -> None:
        assert met().response(message(**fields), 7, 0.0) is None

    def test_what_was_altered(self) -> None:
        good = message()
        for at in range(len(good)):
            bad = bytearray(good)
            bad[at] ^= 0x01
            made = met()
            try:
                found = made.response(bytes(bad), 7, 0.0)
            except RemoteProtocolError:
                continue
            assert found is None, at
            assert not made.authentic

    def test_what_is_played_again(self) -> None:
        made = met()
        assert made.response(message(clock=(5, 1000)), 7, 0.0)
        assert made.response(message(clock=(5, 849)), 7, 0.0) is None
        assert made.response(message(clock=(4, 2000)), 7, 0.0) is None

    def test_an_encrypted_one_that_wasnt_asked_for(self) -> None:
        made = met(priv="none")
        with pytest.raises(RemoteProtocolError):
            made.response(message(), 7, 0.0)

    def test_without_proof_none_is_expected(self) -> None:
        made = met("ann@", auth="none")
        assert made.response(message(flags=0), 7, 0.0)
        assert not made.authentic
        assert made.response(message(flags=AUTH), 7, 0.0) is None


class TestReports:
    @pytest.mark.parametrize(
        ("number", "word"),
        [(1, "unsupportedSecLevel"), (3, "unknownUserName"), (5, "wrongDigest"), (6, "decryptionError")],
    )
    def test_that_refuse(self, number: int, word: str) -> None:
        with pytest.raises(Unauthenticated) as caught:
            met().response(report(number), 7, 0.0)
        assert caught.value.code == word
        assert caught.value.hint

    def test_another_engine_is_met(self) -> None:
        made = met()
        assert made.response(report(4, engine=b"it has changed"), 7, 0.0) is not None
        assert made.engine_id == b"it has changed"

    def test_the_clock_is_learnt_from_who_proves_itself(self) -> None:
        made = met()
        assert made.response(report(2, flags=AUTH, user=b"ann", clock=(9, 900)), 7, 0.0) is not None
        assert made.clock.at(1.0) == (9, 901)
        assert made.response(report(2, clock=(99, 1)), 7, 0.0) is None, "and then from nobody else"
        assert made.clock.boots == 9

    def test_before_that_any_is_a_guess(self) -> None:
        made = met()
        assert made.response(report(2, clock=(9, 900)), 7, 0.0) is not None
        assert (made.clock.boots, made.clock.proven) == (9, False)

    def test_of_a_context(self) -> None:
        binds = varbind((1, 3, 6, 1, 6, 3, 12, 1, 5, 0), COUNTER32, 1)
        with pytest.raises(Unauthenticated) as caught:
            met().response(message(pdus.REPORT, binds, flags=AUTH), 7, 0.0)
        assert caught.value.code == "unknownContext"


def test_engines_of_ours() -> None:
    assert new_engine_id() != new_engine_id()
    assert len(new_engine_id()) == 13
    assert new_engine_id()[0] & 0x80
    assert 200_000_000 < boots() < 2**31
