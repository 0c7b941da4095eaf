"""The passive decoder: messages in words, no secret among them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.endpoint import Secret
from netloom.protocols.snmp.decode import Decoder, is_request
from netloom.protocols.snmp.notification import varbinds
from netloom.wire.snmp import message, usm, v3
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.convert import SNMP_TRAPS
from netloom.wire.snmp.message import V1, V2C, Message
from netloom.wire.snmp.pdu import Pdu, TrapV1
from netloom.wire.snmp.v3 import AUTH, PRIV, REPORTABLE, Header, Security
from netloom.wire.snmp.values import COUNTER32, INTEGER, NO_SUCH_OBJECT, OCTETS, Varbind, varbind

NAME = (1, 3, 6, 1, 2, 1, 1, 5, 0)
INDEX = Varbind((1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 2), INTEGER, 2)
SECRET = b"community-of-mine"


def plain(pdu: Pdu | TrapV1, version: int = V2C) -> bytes:
    return message.emit(Message(version, SECRET, pdu))


STAT = varbind((1, 3, 6, 1, 6, 3, 15, 1, 1, 4, 0), COUNTER32, 1)


def secured(flags: int, security: Security, kind: int, binds: bytes = b"") -> bytes:
    """A message of v3; what is encrypted in it nobody can read."""
    data = bytes(77) if flags & PRIV else v3.emit_scoped(b"", b"", pdus.framed(kind, 1, 0, 0, binds))
    return v3.emit(Header(1, 65_507, flags), security, data)[0]


def plainly(*binds: Varbind, status: int = 0, index: int = 0) -> bytes:
    """A response of v2c."""
    return plain(Pdu(pdus.RESPONSE, 1, status, index, binds))


DISCOVERY = secured(REPORTABLE, Security(), pdus.GET)
REPORT = secured(0, Security(b"engine", 5, 60), pdus.REPORT, STAT)
ENCRYPTED = secured(7, Security(b"engine", 5, 60, b"ann", bytes(24), bytes(8)), pdus.GET)
SIGNED = secured(AUTH, Security(b"engine", 5, 60, b"ann", bytes(24)), pdus.GET, varbind(NAME))
GONE = Varbind(NAME, NO_SUCH_OBJECT)
SIX = (Varbind(NAME),) * 6
DOWN = varbinds((*SNMP_TRAPS, 3), [INDEX], 5)
COLD = TrapV1((1, 3), bytes(4), 0, 0, 5)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (plain(Pdu(pdus.GET, 1, 0, 0, (Varbind(NAME),))), "v2c •••: get sysName.0?"),
        (plain(Pdu(pdus.GET_NEXT, 1, 0, 0, SIX), V1), f"v1 •••: get-next {', '.join(['sysName.0'] * 4)} and 2 more?"),
        (plain(Pdu(pdus.GET_BULK, 1, 0, 25, (Varbind(NAME),))), "v2c •••: get-bulk sysName.0, 25 times?"),
        (plain(Pdu(pdus.SET, 1, 0, 0, (Varbind(NAME, OCTETS, b"x"),))), "v2c •••: set sysName.0 = x"),
        (plainly(Varbind(NAME, OCTETS, b"x"), GONE), "v2c •••: sysName.0 = x; sysName.0: noSuchObject"),
        (plainly(Varbind(NAME), status=17, index=1), "v2c •••: notWritable at sysName.0"),
        (plainly(status=1), "v2c •••: tooBig"),
        (plainly(), "v2c •••: nothing"),
        (plain(Pdu(pdus.TRAP, 1, varbinds=DOWN)), "v2c •••: trap linkDown ifIndex.2 = 2"),
        (plain(Pdu(pdus.INFORM, 1)), "v2c •••: inform "),
        (plain(COLD, V1), "v1 •••: trap coldStart snmpTrapAddress.0 = 0.0.0.0; snmpTrapEnterprise.0 = org"),
        (DISCOVERY, "v3: who are you?"),
        (REPORT, "v3 report: usmStatsUnknownEngineIDs.0 (engine 656e67696e65, boot 5, 60 s)"),
        (ENCRYPTED, "v3 ann: 77 octets, encrypted"),
        (SIGNED, "v3 ann: get sysName.0?"),
        (b"junk", "no SNMP message: "),
    ],
)  # fmt: skip
def test_words(data: bytes, words: str) -> None:
    (said,) = Decoder().feed("client", data)
    assert said.words.startswith(words)
    assert said.size == len(data)
    assert SECRET.decode() not in said.words


def test_it_deciphers_nothing_and_tells_no_key() -> None:
    keys = usm.keys(usm.User(b"ann", "sha", Secret("wonderland"), "aes", Secret("wonderland")), b"engine")
    assert keys is not None
    data, salt = usm.encrypt(b"the secret words", keys, (5, 60), 1)
    made, at = v3.emit(Header(1, 65_507, AUTH | PRIV), Security(b"engine", 5, 60, b"ann", bytes(12), salt), data)
    (said,) = Decoder().feed("client", usm.signed(made, at, keys))
    assert said.words == "v3 ann: 16 octets, encrypted"


def test_communities_that_are_values() -> None:
    row = Varbind((1, 3, 6, 1, 6, 3, 18, 1, 1, 1, 2, 97), OCTETS, SECRET)
    (said,) = Decoder().feed("server", plain(Pdu(pdus.RESPONSE, 1, 0, 0, (row,))))
    assert said.words.endswith("snmpCommunityName.97 = •••")


class TestStreams:
    WHOLE = plain(Pdu(pdus.GET, 1, 0, 0, (Varbind(NAME),))) + ENCRYPTED + SIGNED

    @given(st.lists(st.integers(0, len(WHOLE)), max_size=6))
    def test_pieces_of_any_size(self, cuts: list[int]) -> None:
        places = sorted({0, *cuts, len(self.WHOLE)})
        decoder = Decoder()
        said = [
            each.words
            for start, end in itertools.pairwise(places)
            for each in decoder.feed("client", self.WHOLE[start:end])
        ]  # fmt: skip
        assert said == ["v2c •••: get sysName.0?", "v3 ann: 77 octets, encrypted", "v3 ann: get sysName.0?"]

    def test_both_directions(self) -> None:
        decoder = Decoder()
        assert decoder.feed("client", ENCRYPTED[:20]) == []
        assert len(decoder.feed("server", DISCOVERY)) == 1
        assert len(decoder.feed("client", ENCRYPTED[20:])) == 1

    def test_what_is_kept_is_bounded(self) -> None:
        decoder = Decoder()
        for _ in range(100):
            decoder.feed("client", b"\x30\x83\0\xff\xf0" + bytes(10_000))
        assert sum(map(len, decoder._buffers.values())) <= 65_535


@given(st.binary(max_size=200))
def test_it_never_raises(data: bytes) -> None:
    decoder = Decoder()
    decoder.feed("client", data)
    decoder.feed("client", data)
    is_request(data)


def test_which_first_payload_is_a_request() -> None:
    assert is_request(plain(Pdu(pdus.GET, 1)))
    assert is_request(plain(TrapV1((1, 3), bytes(4), 0, 0, 5), V1))
    assert is_request(DISCOVERY)
    assert not is_request(plain(Pdu(pdus.RESPONSE, 1)))
    assert not is_request(b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"), "LDAP begins alike"
    assert not is_request(b"")
