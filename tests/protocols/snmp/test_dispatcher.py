"""Messages in, answers out: communities, versions, counts, and how much anybody is told."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.accounts import Accounts
from netloom.contents.bus import Bus
from netloom.contents.registers import Register, Registers
from netloom.endpoint import Secret
from netloom.protocols.snmp.agent import Source
from netloom.protocols.snmp.dispatcher import Dispatcher
from netloom.protocols.snmp.notification import varbinds
from netloom.protocols.snmp.receiver import Receiver
from netloom.wire.snmp import message, usm, v3
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.convert import SNMP_TRAPS
from netloom.wire.snmp.message import V1, V2C, Message
from netloom.wire.snmp.mibs import standard
from netloom.wire.snmp.pdu import TOO_BIG, Pdu, TrapV1
from netloom.wire.snmp.usm import User
from netloom.wire.snmp.v3 import AUTH, PRIV, REPORTABLE, Header, Security
from netloom.wire.snmp.values import OCTETS, Varbind
from tests.protocols.snmp.lab import DESCRIPTION, HERE, LOCATION, NAME, Desk, asking

GET = asking(pdus.GET, NAME)
SET = Pdu(pdus.SET, 1, 0, 0, (Varbind(LOCATION, OCTETS, b"x"),))
LONG = Registers([(Register(name="d", kind="text", oid=DESCRIPTION), "x" * 400)])
STREAM = Source("192.0.2.1", proven=True)


class TestCommunities:
    @pytest.mark.parametrize(
        ("options", "community", "reads", "writes"),
        [
            ({}, b"public", True, False),
            ({}, b"ann", False, False),
            ({}, b"wonderland", False, False),
            ({}, b"a-long-token", False, False),
            ({}, b"", False, False),
            ({"community": Secret("other")}, b"public", False, False),
            ({"community": Secret("other")}, b"other", True, False),
            ({"communities": "names"}, b"ann", True, True),
            ({"communities": "names"}, b"rob", True, False),
            ({"communities": "names"}, b"wonderland", False, False),
            ({"communities": "tokens"}, b"a-long-token", True, True),
            ({"communities": "tokens"}, b"ann", False, False),
            ({"communities": "tokens"}, b"\xff\xfe", False, False),
        ],
    )
    async def test_who_may(self, options: dict[str, Any], community: bytes, reads: bool, writes: bool) -> None:
        desk = Desk(**options)
        got, put = desk.ask(GET, community), desk.ask(SET, community)
        assert (got is not None and got.status == 0) is reads
        assert (put is not None and put.status == 0) is writes
        assert (desk.engine.counts.in_bad_community_names == 2) is not reads

    async def test_wrong_ones_are_met_with_silence_and_told(self) -> None:
        desk, told = Desk(), list[bool]()
        desk.dispatcher.troubled = lambda: told.append(True)
        assert desk.ask(GET, b"wrong") is None
        assert told == [True]
        assert desk.context.seen == [("GET", "sysName.0", "badCommunity", "")]

    async def test_guesses_wait(self) -> None:
        desk = Desk(communities="names")
        for word in (b"a", b"b", b"c"):
            assert desk.ask(GET, word) is None
        assert desk.ask(GET, b"ann") is None
        assert desk.ask(GET, b"public") is not None, "what is no secret isn't guessed"


class TestVersions:
    async def test_1_and_2c(self) -> None:
        desk = Desk()
        for version in (V1, V2C):
            found = desk.ask(GET, version=version)
            assert found is not None
            assert found.varbinds == (Varbind(NAME, OCTETS, b"greenhouse-1"),)

    @pytest.mark.parametrize(
        ("data", "count"),
        [
            (b"", "in_asn_parse_errs"),
            (b"hello", "in_asn_parse_errs"),
            (b"\x30\x05\x02\x01\x02\x04\x00", "in_bad_versions"),
            (message.emit(Message(V2C, b"public", GET))[:-1], "in_asn_parse_errs"),
            (message.emit(Message(V1, b"public", Pdu(pdus.GET_BULK, 1))), "in_asn_parse_errs"),
        ],
    )
    async def test_what_is_none_is_counted(self, data: bytes, count: str) -> None:
        desk = Desk()
        assert desk.take(data) is None
        assert getattr(desk.engine.counts, count) == 1
        assert (desk.engine.counts.in_pkts, desk.engine.counts.out_pkts) == (1, 0)

    @pytest.mark.parametrize("kind", [pdus.RESPONSE, pdus.REPORT, pdus.TRAP, pdus.INFORM])
    async def test_an_agent_isnt_for_everything(self, kind: int) -> None:
        desk = Desk()
        assert desk.ask(Pdu(kind, 1)) is None
        assert desk.engine.counts.unknown_pdu_handlers == 1

    async def test_nor_for_old_traps(self) -> None:
        desk = Desk()
        assert desk.take(message.emit(Message(V1, b"public", TrapV1((1, 3), bytes(4), 0, 0, 1)))) is None
        assert desk.engine.counts.unknown_pdu_handlers == 1


class TestHowMuch:
    async def test_a_long_value_is_too_big_for_who_has_proven_nothing(self) -> None:
        desk = Desk(LONG)
        found = desk.ask(asking(pdus.GET, DESCRIPTION))
        assert found is not None
        assert (found.status, found.varbinds) == (TOO_BIG, ())
        old = desk.ask(asking(pdus.GET, DESCRIPTION), version=V1)
        assert old is not None
        assert (old.status, old.varbinds) == (TOO_BIG, (Varbind(DESCRIPTION),))
        assert desk.engine.counts.out_too_bigs == 2

    async def test_unless_the_owner_lets_it(self) -> None:
        found = Desk(LONG, amplify=0).ask(asking(pdus.GET, DESCRIPTION))
        assert found is not None
        assert found.varbinds[0].value == b"x" * 400

    async def test_over_a_connection(self) -> None:
        answer = Desk(LONG).take(message.emit(Message(V2C, b"public", asking(pdus.GET, DESCRIPTION))), STREAM)
        assert answer is not None
        assert len(answer) > 400

    @pytest.mark.parametrize("amplify", [1, 3, 10])
    async def test_bulk_is_cut(self, amplify: int) -> None:
        desk = Desk(amplify=amplify)
        data = message.emit(Message(V2C, b"public", asking(pdus.GET_BULK, (1, 3), index=1000)))
        answer = desk.take(data)
        assert answer is not None
        assert len(answer) <= amplify * len(data)
        found = message.parse(answer).pdu
        assert isinstance(found, Pdu)
        assert found.status == (TOO_BIG if amplify == 1 else 0)
        assert len(answer) > (amplify - 1) * len(data)

    async def test_what_fits_no_way_at_all_isnt_sent(self) -> None:
        desk = Desk(amplify=1)
        data = message.emit(Message(V1, b"public", SET))
        short = data.replace(b"\x02\x01\x00\x04\x06public", b"\x02\x01\x00\x04\x06public")
        assert desk.take(short) is not None
        assert desk.engine.counts.silent_drops == 0

    async def test_whoever_has_proven_who_it_is_takes_what_it_said(self) -> None:
        desk = Desk(LONG)
        for size, status in ((484, TOO_BIG), (2000, 0)):
            found = secured(desk, asking(pdus.GET, DESCRIPTION), max_size=size)
            assert found.status == status


def packed(desk: Desk, pdu: Pdu, *, max_size: int = 65_507, context: bytes = b"", engine: bytes = b"") -> bytes:
    """A message of v3 from ann."""
    keys = keys_at(desk)
    engine_id, clock = desk.engine.id, desk.engine.now()
    data, salt = usm.encrypt(v3.emit_scoped(engine or engine_id, context, pdus.emit(pdu)), keys, clock, 1)
    header = Header(7, max_size, AUTH | PRIV | REPORTABLE)
    made, at = v3.emit(header, Security(engine_id, *clock, b"ann", bytes(24), salt), data)
    return usm.signed(made, at, keys)


def keys_at(desk: Desk) -> usm.Keys:
    password = Secret("wonderland")
    found = usm.keys(User(b"ann", "sha256", password, "aes", password), desk.engine.id)
    assert found is not None
    return found


def opened(desk: Desk, answer: bytes | None) -> v3.Scoped:
    """What an answer of v3 says, after everything about it was checked."""
    assert answer is not None
    found, keys = v3.parse(answer), keys_at(desk)
    assert found.header.msg_id == 7
    assert usm.is_signed(answer, found.auth_at, found.security.auth, keys)
    data = found.data
    if found.header.flags & PRIV:
        data = usm.decrypt(data, keys, (found.security.boots, found.security.time), found.security.priv)
    return v3.parse_scoped(data, padded=True)


def secured(desk: Desk, pdu: Pdu, **fields: Any) -> Pdu:
    return opened(desk, desk.take(packed(desk, pdu, **fields))).pdu


class TestUsers:
    async def test_read_and_write(self) -> None:
        desk = Desk()
        assert secured(desk, GET).varbinds == (Varbind(NAME, OCTETS, b"greenhouse-1"),)
        assert secured(desk, SET).status == 0
        assert desk.registers.value("location") == "x"
        assert desk.context.seen[-1] == ("SET", "sysLocation.0", "noError", "ann")

    async def test_there_is_one_context(self) -> None:
        desk = Desk(context="greenhouse")
        for context in (b"", b"greenhouse"):
            assert secured(desk, GET, context=context).kind == pdus.RESPONSE
        assert secured(desk, GET, context=b"cellar").kind == pdus.REPORT
        assert secured(desk, GET, engine=b"another").kind == pdus.REPORT
        assert (desk.engine.counts.unknown_contexts, desk.engine.counts.unknown_pdu_handlers) == (1, 1)

    async def test_an_answer_comes_in_the_context_that_was_asked(self) -> None:
        desk = Desk(context="greenhouse")
        found = opened(desk, desk.take(packed(desk, GET, context=b"greenhouse")))
        assert (found.engine_id, found.context) == (desk.engine.id, b"greenhouse")

    async def test_reports_are_short_as_well(self) -> None:
        desk = Desk()
        header, empty = Header(7, 65_507, REPORTABLE), v3.emit_scoped(b"", b"", pdus.framed(pdus.GET, 1, 0, 0, b""))
        data = v3.emit(header, Security(), empty)[0]
        answer = desk.take(data)
        assert answer is not None
        assert len(answer) <= 3 * len(data)
        assert Desk(amplify=1).take(data) is None

    async def test_a_set_in_two_versions_is_one_set(self) -> None:
        desk = Desk(communities="names")
        assert desk.ask(SET, b"ann") is not None
        assert secured(desk, GET).status == 0
        assert desk.engine.counts.in_set_requests == 1
        assert desk.engine.counts.in_get_requests == 1


async def test_what_is_told_is_about_the_tellers_own_contexts() -> None:
    """net-snmp's tools name their own engine's, whoever vouches for the message."""
    desk = Desk()
    desk.dispatcher = Dispatcher(Receiver(Bus(), desk.engine, standard()), desk.context)  # type: ignore[arg-type]
    told = Pdu(pdus.INFORM, 7, varbinds=varbinds((*SNMP_TRAPS, 1), []))
    assert secured(desk, told, engine=b"the teller's", context=b"its own").kind == pdus.RESPONSE


async def test_nothing_is_put_into_words_that_nobody_reads() -> None:
    desk = Desk()
    desk.context.reports = False
    desk.ask(GET)
    assert desk.context.seen == []


async def test_no_secret_is_recorded() -> None:
    desk = Desk(communities="tokens")
    desk.ask(GET, b"a-long-token")
    desk.ask(SET, b"a-guess")
    assert not any("token" in word or "guess" in word for seen in desk.context.seen for word in seen)
    assert desk.context.seen[0][3] == "ann"


async def test_without_accounts_nobody_is_known() -> None:
    desk = Desk(communities="names")
    desk.context.accounts = Accounts()
    assert desk.ask(GET, b"ann") is None
    assert HERE.host == "127.0.0.1"
