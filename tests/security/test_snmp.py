"""SNMP: nobody is amplified, nobody guesses fast, nobody writes without an account, no secret shows."""

from __future__ import annotations

import asyncio
import random
import socket
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus
from netloom.contents.registers import Register, Registers
from netloom.endpoint import Secret
from netloom.errors import Status
from netloom.links.datagrams import Datagrams
from netloom.links.options import LinkOptions
from netloom.links.virtual import run as virtual
from netloom.wire.snmp import message, usm, v3
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.message import V1, V2C, Message
from netloom.wire.snmp.pdu import Pdu
from netloom.wire.snmp.v3 import Header, Security
from netloom.wire.snmp.values import OCTETS, Varbind
from tests.fuzzing import mutate
from tests.security.house import STRANGER, House, Wire, record
from tests.security.parsers.snmp import PLAIN, SECURED

if TYPE_CHECKING:
    from netloom.links.memory import MemoryNetwork

WHERE = "snmp://127.0.0.1:161"
NAME = (1, 3, 6, 1, 2, 1, 1, 5, 0)
DESCRIPTION = (1, 3, 6, 1, 2, 1, 1, 1, 0)
LARGE = Registers(
    [(Register(name="d", kind="text", oid=DESCRIPTION), "x" * 500)]
    + [(Register(name=f"v{n}", kind="int", oid=(1, 3, 6, 1, 4, 1, 9999, n)), n) for n in range(1, 2000)]
)


async def told(network: MemoryNetwork, *datagrams: bytes) -> list[list[bytes]]:
    """What a server answers to each of some datagrams."""
    link = Datagrams(asyncio.get_running_loop())
    await network.datagrams((socket.AF_INET, ("127.0.0.1", 161)), None, lambda: link, LinkOptions())
    found: list[list[bytes]] = []
    for data in datagrams:
        link.transport.sendto(data)
        await asyncio.sleep(0.01)
        found.append([said for said, _ in link._queue])
        link._queue.clear()
    await link.close()
    return found


def asked(kind: int, *oids: tuple[int, ...], version: int = V2C, community: bytes = b"public", **fields: int) -> bytes:
    pdu = Pdu(kind, 7, fields.get("status", 0), fields.get("index", 0), tuple(Varbind(oid) for oid in oids))
    return message.emit(Message(version, community, pdu))


def discovery(flags: int = 4, user: bytes = b"", engine: bytes = b"") -> bytes:
    scoped = v3.emit_scoped(b"", b"", pdus.framed(pdus.GET, 1, 0, 0, b""))
    return v3.emit(Header(7, 65_507, flags), Security(engine, 0, 0, user), scoped)[0]


QUESTIONS = [
    asked(kind, oid, version=version, index=index)
    for version in (V1, V2C)
    for kind in (pdus.GET, pdus.GET_NEXT, pdus.SET, *([pdus.GET_BULK] if version == V2C else []))
    for oid in (NAME, DESCRIPTION, (1, 3), (1, 3, 6, 1, 4, 1, 9999), (2, 5))
    for index in (0, 1, 10, 2**31 - 1)
]
QUESTIONS += [asked(pdus.GET_BULK, *[(1, 3)] * 50, index=2**31 - 1), asked(pdus.GET_BULK, status=9, index=9)]
QUESTIONS += [discovery(), discovery(0), discovery(4, b"ann"), discovery(4, b"x" * 32), *PLAIN, *SECURED]


class TestNobodyIsAmplified:
    @pytest.mark.parametrize("content", ["registers", "bus"])
    def test_by_a_server(self, content: str) -> None:
        async def main() -> None:
            for network in (Wire(STRANGER), Wire()):
                served = LARGE if content == "registers" else Bus()
                async with House(WHERE, served, network=network, accounts=["ann:wonderland"]):
                    answers = await told(network, *QUESTIONS)
                    for question, said in zip(QUESTIONS, answers, strict=True):
                        assert len(said) <= 1
                        assert sum(map(len, said)) <= 3 * len(question)
                    assert sum(map(len, answers)) > (len(QUESTIONS) / 2 if content == "registers" else 0)

        virtual(main())

    def test_whatever_it_is_sent(self) -> None:
        async def main() -> None:
            network, generator = Wire(STRANGER), random.Random(5)
            async with House(WHERE, LARGE, network=network, accounts=["ann:wonderland"]):
                noise = [mutate(generator, QUESTIONS) or b"\0" for _ in range(3000)]
                for data, said in zip(noise, await told(network, *noise), strict=True):
                    assert sum(map(len, said)) <= 3 * len(data)

        virtual(main())

    def test_answers_are_not_answered(self) -> None:
        """Two agents would talk to each other for ever."""

        async def main() -> None:
            network = Wire(STRANGER)
            async with House(WHERE, LARGE, network=network, accounts=["ann:wonderland"]):
                said = await told(network, asked(pdus.GET, NAME), discovery())
                again = [data for answers in said for data in answers]
                assert len(again) == 2
                assert not any(await told(network, *again))

        virtual(main())


class TestStrangers:
    SET = message.emit(
        Message(V2C, b"public", Pdu(pdus.SET, 7, 0, 0, (Varbind((1, 3, 6, 1, 2, 1, 1, 6, 0), OCTETS, b"mine"),)))
    )

    @pytest.mark.parametrize("community", [b"public", b"private", b"ann", b"wonderland", b"admin", b""])
    @pytest.mark.parametrize("options", ["", "#communities=tokens"])
    def test_write_nothing(self, community: bytes, options: str) -> None:
        async def main() -> None:
            network, registers = Wire(STRANGER), Registers()
            async with House(WHERE + options, registers, network=network, accounts=["ann:wonderland"]):
                wanted = self.SET.replace(b"\x06public", bytes((len(community),)) + community)
                fixed = wanted[:1] + bytes((len(wanted) - 2,)) + wanted[2:]
                assert message.parse(fixed).community == community
                await told(network, fixed)
                assert registers.value("location") == "row 3"

        virtual(main())

    @pytest.mark.parametrize("where", ["snmp://ann@127.0.0.1:161", "snmp://127.0.0.1:161"])
    def test_prove_nothing_and_get_nothing(self, where: str) -> None:
        async def main() -> None:
            network = Wire(STRANGER)
            async with House(WHERE, Registers(), network=network, accounts=["ann:wonderland"]):
                found = await record(network, "get", f"{where}/sysName.0#version=3,auth=none")
                assert found.status is Status.UNAUTHENTICATED
                assert found.value is None

        virtual(main())


class TestGuessing:
    """Passwords of version 3, and communities of accounts: attempts from one address wait for each other."""

    def test_takes_long(self) -> None:
        async def main() -> None:
            network = Wire(STRANGER)
            async with House(WHERE, Registers(), network=network, accounts=["ann:wonderland"]) as house:
                options = "#retries=0,patience=0.1"
                for number in range(30):
                    url = f"snmp://ann:guess-number-{number}@127.0.0.1:161/sysName.0{options}"
                    assert (await record(network, "get", url)).status is not Status.SUCCESS
                looked_at = [one for one in house.access if one.status == "wrong digests"]
                assert len(looked_at) <= 5, "two are free, then half a second passes, then one, then two"
                found = await record(network, "get", f"snmp://ann:wonderland@127.0.0.1:161/sysName.0{options}")
                assert found.status is Status.TIMEOUT, "not even the right one is heard: otherwise guessing would go on"

        virtual(main())

    def test_forgotten_after_a_while(self) -> None:
        async def main() -> None:
            network = Wire(STRANGER)
            async with House(WHERE, Registers(), network=network, accounts=["ann:wonderland"]):
                for _ in range(4):
                    await record(network, "get", "snmp://ann:wrong-one@127.0.0.1:161/sysName.0#retries=0,patience=0.1")
                await asyncio.sleep(60)
                found = await record(network, "get", "snmp://ann:wonderland@127.0.0.1:161/sysName.0")
                assert found.status is Status.SUCCESS

        virtual(main())

    def test_readers_of_public_values_arent_held_up_by_it(self) -> None:
        async def main() -> None:
            network = Wire(STRANGER)
            async with House(WHERE + "#communities=names", Registers(), network=network, accounts=["ann:wonderland"]):
                guesses = [asked(pdus.GET, NAME, community=b"guess%d" % number) for number in range(20)]
                assert not any(await told(network, *guesses))
                assert (await told(network, asked(pdus.GET, NAME, community=b"ann"))) == [[]]
                ((answer,),) = await told(network, asked(pdus.GET, NAME))
                assert b"greenhouse-1" in answer

        virtual(main())


class TestReplay:
    def test_what_was_said_long_ago_changes_nothing(self) -> None:
        """A set that somebody recorded is played again when its time has passed."""

        async def main() -> None:
            network, registers = Wire(STRANGER), Registers()
            async with House(WHERE, registers, network=network, accounts=["ann:wonderland"]):
                ((report,),) = await told(network, discovery())
                said = v3.parse(report).security
                secret = Secret("wonderland")
                keys = usm.keys(usm.User(b"ann", "sha256", secret, "aes", secret), said.engine_id)
                assert keys is not None
                bind = Varbind((1, 3, 6, 1, 2, 1, 1, 6, 0), OCTETS, b"mine")
                pdu = pdus.emit(Pdu(pdus.SET, 7, 0, 0, (bind,)))
                clock = said.boots, said.time
                data, salt = usm.encrypt(v3.emit_scoped(said.engine_id, b"", pdu), keys, clock, 1)
                security = Security(said.engine_id, *clock, b"ann", bytes(24), salt)
                made, at = v3.emit(Header(9, 65_507, 7), security, data)
                recorded = usm.signed(made, at, keys)
                assert len((await told(network, recorded))[0]) == 1
                assert registers.value("location") == "mine"
                registers.store({"location": "row 3"})
                await asyncio.sleep(151)
                ((late,),) = await told(network, recorded)
                assert v3.parse(late).header.flags == 1, "a signed report, without privacy"
                assert registers.value("location") == "row 3"

        virtual(main())


class TestSecrets:
    @pytest.mark.parametrize("options", ["", "#version=2c,community=canary-community"])
    def test_none_in_records_and_texts(self, options: str) -> None:
        async def main() -> str:
            network = Wire(STRANGER)
            url = "snmp://ann:canary-password@127.0.0.1:161/sysName.0"
            async with House(WHERE, Registers(), network=network, accounts=["ann:canary-password"]) as house:
                found: list[Any] = [
                    await record(network, "get", f"{url}{options or '#priv_password=canary-privacy'}", deadline=2),
                    await record(network, "probe", f"{url}#priv_password=canary-privacy,retries=0", deadline=2),
                ]
                return repr([found, house.access])

        text = virtual(main())
        assert "canary-password" not in text
        assert "canary-privacy" not in text

    def test_no_password_on_the_wire(self) -> None:
        async def main() -> list[bytes]:
            network = Wire(STRANGER)
            sent: list[bytes] = []
            async with House(
                "snmp+tcp://127.0.0.1:161", Registers(), network=network, accounts=["ann:wonderland"]
            ) as h:
                found = await record(network, "get", "snmp+tcp://ann:wonderland@127.0.0.1:161/sysName.0")
                assert found.status is Status.SUCCESS
                sent.append(h.sent)
            return sent

        (sent,) = virtual(main())
        assert b"ann" in sent
        assert b"wonderland" not in sent
        assert bytes.fromhex("2b06010201010500") not in sent, "nor what was asked for"


class TestMemory:
    def test_lengths_that_are_announced_are_not_allocated(self) -> None:
        for data in (b"\x30\x84\x7f\xff\xff\xff", b"\x30\x82\xff\xff", b"\x30\x06\x02\x01\x01\x04\x84\x7f"):
            for parse in (message.parse, v3.parse):
                with pytest.raises(Exception, match=r".") as caught:
                    parse(data)
                assert type(caught.value).__name__ == "RemoteProtocolError"

    def test_a_thousand_bindings_in_one_request(self) -> None:
        async def main() -> None:
            network = Wire(STRANGER)
            many = asked(pdus.GET_BULK, *[(1, 3)] * 4000, index=2**31 - 1)
            async with House(WHERE + "#amplify=0", LARGE, network=network):
                ((answer,),) = await told(network, many)
                assert len(answer) <= 65_507

        virtual(main())
