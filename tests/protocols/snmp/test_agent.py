"""What an agent answers, and to whom."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.accounts import READS, WRITES, Accounts
from netloom.contents.registers import Register, Registers
from netloom.protocols.snmp.agent import Agent, Answer, Asked
from netloom.protocols.snmp.engine import Engine
from netloom.wire.snmp import ber
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.pdu import Pdu
from netloom.wire.snmp.values import (
    COUNTER64,
    END_OF_MIB_VIEW,
    INTEGER,
    NO_SUCH_INSTANCE,
    NO_SUCH_OBJECT,
    OCTETS,
    Varbind,
    read_varbinds,
)
from tests.protocols.snmp.lab import ACCOUNTS, DESCRIPTION, LOCATION, NAME, asking

ROOT = (1, 3, 6, 1, 4, 1, 9999)
LAST = (1, 3, 6, 1, 6, 3, 15, 1, 1, 6, 0)
ANN, ROB = ACCOUNTS
WIDE = Registers(
    [
        (Register(name="a", kind="int", oid=(*ROOT, 1, 0)), 1),
        (Register(name="b", kind="int", oid=(*ROOT, 2, 0), syntax="Counter64"), 2**40),
        (Register(name="c", kind="int", oid=(*ROOT, 3, 0)), 3),
        (Register(name="d", kind="int", oid=(*ROOT, 4, 0)), 2**40),
    ]
)


def asked(pdu: Pdu, registers: Registers | None = None, version: str = "2c", **fields: Any) -> Answer:
    accounts = fields.pop("accounts", Accounts(ACCOUNTS))
    agent = Agent(registers if registers is not None else Registers(), Engine(""), accounts)
    found = agent.respond(Asked(version, pdu, **{"limit": 60_000} | fields))
    assert found is not None
    return found


def binds(answer: Answer) -> list[tuple[Any, ...]]:
    data = ber.element(ber.SEQUENCE, b"".join(answer.varbinds))
    return [(bind.oid, bind.tag, bind.value) for bind in read_varbinds(data, 0, len(data))]


class TestGet:
    async def test_values_and_what_stands_in_their_place(self) -> None:
        found = asked(asking(pdus.GET, NAME, (*NAME[:-1], 7), (1, 3, 9, 9)))
        assert found.status == 0
        assert binds(found) == [
            (NAME, OCTETS, b"greenhouse-1"),
            ((*NAME[:-1], 7), NO_SUCH_INSTANCE, None),
            ((1, 3, 9, 9), NO_SUCH_OBJECT, None),
        ]

    async def test_in_version_1_it_is_all_or_nothing(self) -> None:
        found = asked(asking(pdus.GET, NAME, (*NAME[:-1], 7)), version="1")
        assert (found.status, found.index) == (pdus.NO_SUCH_NAME, 2)
        assert [bind[0] for bind in binds(found)] == [NAME, (*NAME[:-1], 7)]

    async def test_version_1_has_no_64_bits(self) -> None:
        assert asked(asking(pdus.GET, (*ROOT, 2, 0)), WIDE, "1").status == pdus.NO_SUCH_NAME
        assert binds(asked(asking(pdus.GET, (*ROOT, 2, 0)), WIDE))[0][1] == COUNTER64

    async def test_what_cant_be_said(self) -> None:
        found = asked(asking(pdus.GET, (*ROOT, 1, 0), (*ROOT, 4, 0)), WIDE)
        assert (found.status, found.index) == (pdus.GEN_ERR, 2)

    async def test_nothing_is_answered_with_nothing(self) -> None:
        assert asked(asking(pdus.GET)) == Answer()


class TestNext:
    async def test_what_follows(self) -> None:
        assert [bind[0] for bind in binds(asked(asking(pdus.GET_NEXT, (1, 3), NAME)))] == [DESCRIPTION, LOCATION]

    async def test_the_end(self) -> None:
        assert binds(asked(asking(pdus.GET_NEXT, LAST))) == [(LAST, END_OF_MIB_VIEW, None)]
        found = asked(asking(pdus.GET_NEXT, NAME, LAST), version="1")
        assert (found.status, found.index) == (pdus.NO_SUCH_NAME, 2)

    async def test_version_1_passes_over_64_bits(self) -> None:
        assert binds(asked(asking(pdus.GET_NEXT, (*ROOT, 1, 0)), WIDE, "1"))[0][0] == (*ROOT, 3, 0)
        assert binds(asked(asking(pdus.GET_NEXT, (*ROOT, 1, 0)), WIDE))[0][0] == (*ROOT, 2, 0)


class TestBulk:
    async def test_some_once_others_repeatedly(self) -> None:
        """RFC 3416 §4.2.3: rounds, each with every repeater."""
        columns = (1, 3, 6, 1, 2, 1, 2, 2, 1, 1), (1, 3, 6, 1, 2, 1, 2, 2, 1, 2)
        found = asked(asking(pdus.GET_BULK, (1, 3), *columns, status=1, index=2))
        assert [bind[0] for bind in binds(found)] == [
            DESCRIPTION, (*columns[0], 1), (*columns[1], 1), (*columns[0], 2), (*columns[1], 2),
        ]  # fmt: skip

    @pytest.mark.parametrize(("status", "index", "count"), [(-5, 2, 4), (9, 2, 2), (0, 0, 0), (0, -3, 0), (1, 3, 4)])
    async def test_numbers_out_of_bounds(self, status: int, index: int, count: int) -> None:
        found = asked(asking(pdus.GET_BULK, NAME, DESCRIPTION, status=status, index=index))
        assert len(binds(found)) == count

    async def test_it_ends_when_all_have_ended(self) -> None:
        found = binds(asked(asking(pdus.GET_BULK, LAST[:-1], LAST, index=100)))
        assert found[:2] == [(LAST, 0x41, 0), (LAST, END_OF_MIB_VIEW, None)]
        assert len(found) <= 4

    async def test_no_more_work_than_fits(self) -> None:
        found = asked(asking(pdus.GET_BULK, (1, 3), index=2**31 - 1), limit=200)
        assert sum(map(len, found.varbinds[:-1])) <= 200 < sum(map(len, found.varbinds)) + 60

    async def test_nothing_to_repeat(self) -> None:
        assert asked(asking(pdus.GET_BULK, index=2**31 - 1)) == Answer()


class TestRights:
    SET = Pdu(pdus.SET, 1, 0, 0, (Varbind(LOCATION, OCTETS, b"x"),))

    @pytest.mark.parametrize(
        ("account", "anonymous", "reads", "writes"),
        [
            (None, READS, True, False),
            (None, WRITES, True, False),  # a community is never as good as an account
            (None, frozenset(), False, False),
            (ROB, READS, True, False),
            (ANN, READS, True, True),
            (ANN, frozenset(), True, True),
        ],
    )
    async def test_who_may(self, account: Any, anonymous: Any, reads: bool, writes: bool) -> None:
        accounts = Accounts(ACCOUNTS, anonymous=anonymous)
        got = asked(asking(pdus.GET, NAME), account=account, accounts=accounts)
        registers = Registers()
        put = asked(self.SET, registers, account=account, accounts=accounts)
        assert (got.status, put.status) == (0 if reads else 16, 0 if writes else 16)
        assert (registers.value("location") == "x") is writes

    async def test_version_1_has_fewer_words(self) -> None:
        assert asked(self.SET, version="1").status == pdus.NO_SUCH_NAME
        wrong = Pdu(pdus.SET, 1, 0, 0, (Varbind(LOCATION, INTEGER, 1),))
        found = asked(wrong, version="1", account=ANN)
        assert (found.status, found.index) == (pdus.BAD_VALUE, 1)
        assert asked(wrong, account=ANN).status == pdus.WRONG_TYPE

    async def test_what_was_set_is_answered(self) -> None:
        assert binds(asked(self.SET, account=ANN)) == [(LOCATION, OCTETS, b"x")]
