"""The manager's verbs, against our own agent in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.registers import Register, Registers
from netloom.errors import PeerRefused, RemoteProtocolError, Unauthenticated, UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.records import Message
from netloom.wire.snmp.values import INTEGER, Varbind
from tests.protocols.snmp.lab import DESCRIPTION, LIMIT, NAME, answered, liar, manager, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from netloom.protocols.snmp.client import Client

ANN = "ann:wonderland@"
LAMP = "1.3.6.1.4.1.8072.9999.1.4.0"


def at_an_agent(
    work: Callable[[Client], Awaitable[Any]], rest: str = "", user: str = "", *contents: Any, **options: Any
) -> Any:
    """What comes of some work with a client at our own agent."""

    async def main() -> Any:
        network = MemoryNetwork()
        async with served(network, *(contents or (Registers(),))), manager(network, rest, user, **options) as client:
            return await work(client)

    return run(main())


def got(path: str, **options: Any) -> Any:
    async def work(client: Client) -> Any:
        return await client.get(path)

    return at_an_agent(work, "", options.pop("user", ""), **options)


async def body(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def put(path: str, *chunks: bytes, user: str = ANN, contents: tuple[Any, ...] = (), **options: Any) -> Any:
    async def work(client: Client) -> Any:
        return await client.put(path, body(*chunks))

    return at_an_agent(work, "", user, *contents, **options)


class TestGet:
    def test_one(self) -> None:
        reply = got("/sysName.0")
        assert (reply.value, reply.meta["type"]) == ("greenhouse-1", "OctetString")

    def test_several(self) -> None:
        assert got("/sysName.0,sysServices.0").value == {"sysName.0": "greenhouse-1", "sysServices.0": 72}

    def test_the_system_where_nothing_is_named(self) -> None:
        found = got("").value
        assert list(found) == [
            "sysDescr.0", "sysObjectID.0", "sysUpTime.0", "sysContact.0", "sysName.0", "sysLocation.0",
        ]  # fmt: skip
        assert found["sysObjectID.0"] == "linux"

    def test_as_numbers(self) -> None:
        assert got("/sysObjectID.0", numeric=True).value == "1.3.6.1.4.1.8072.3.2.10"

    def test_what_follows(self) -> None:
        reply = got("/sysContact", request="next")
        assert (reply.value, reply.meta["name"]) == ("root@localhost", "sysContact.0")

    def test_bulk(self) -> None:
        found = got("/sysName,ifDescr", request="bulk", non_repeaters=1, max_repetitions=2).value
        assert found == {"sysName.0": "greenhouse-1", "ifDescr.1": "lo", "ifDescr.2": "eth0"}
        with pytest.raises(UsageError):
            got("/sysName", request="bulk", version="1")

    @pytest.mark.parametrize(("path", "code"), [("/sysName.7", "noSuchInstance"), ("/1.3.9.9", "noSuchObject")])
    def test_what_isnt_there(self, path: str, code: str) -> None:
        with pytest.raises(PeerRefused) as caught:
            got(path)
        assert caught.value.code == code
        with pytest.raises(PeerRefused, match="noSuchName"):
            got(path, version="1")

    def test_another_answer(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            await liar(network, lambda data, number: [answered(data, Varbind(DESCRIPTION, INTEGER, 1))])
            async with manager(network) as client:
                with pytest.raises(RemoteProtocolError, match="other objects"):
                    await client.get("/sysName.0")

        run(main())

    def test_a_mib_of_ones_own(self, tmp_path: Any) -> None:
        (tmp_path / "ACME").write_text(
            "ACME DEFINITIONS ::= BEGIN IMPORTS netSnmpPlaypen FROM NET-SNMP-MIB; "
            "limit OBJECT-TYPE SYNTAX INTEGER { low(10), high(80) } ACCESS read-write STATUS x "
            "::= { netSnmp 9999 1 4 } END"
        )
        reply = got("/limit.0", mibs=(str(tmp_path),))
        assert (reply.value, reply.meta["raw"]) == ("high", 80)


class TestPut:
    @pytest.mark.parametrize(
        ("path", "said", "value"),
        [
            ("/sysName.0", b"s new name", "new name"),
            ("/sysName.0", b"new name\n", "new name"),
            ("/sysName.0", b"STRING: new name", "new name"),
            (f"/{LAMP}", b"i 7", 7),
            (f"/{LAMP}", b"7\n", 7),
        ],
    )
    def test_one(self, path: str, said: bytes, value: Any) -> None:
        registers = Registers()
        reply = put(path, said[:2], said[2:], contents=(registers,))
        assert reply.value == value
        assert registers.value("name" if path == "/sysName.0" else "limit") == value

    def test_several_at_once(self) -> None:
        registers = Registers()
        reply = put("", b"sysName.0 s one\n", b"sysLocation.0 = STRING: two\n", contents=(registers,))
        assert reply.value == {"sysName.0": "one", "sysLocation.0": "two"}
        assert (registers.value("name"), registers.value("location")) == ("one", "two")

    def test_all_or_nothing(self) -> None:
        registers = Registers()
        with pytest.raises(PeerRefused) as caught:
            put("", f"sysName.0 s one\n{LAMP} i 101\n".encode(), contents=(registers,))
        assert (caught.value.code, caught.value.text) == ("wrongValue", LAMP)
        assert registers.value("name") == "greenhouse-1"

    def test_octets_that_are_no_text(self) -> None:
        registers = Registers([(Register(name="b", kind="bytes", oid=NAME, writable=True), b"")])
        put("/sysName.0", b"\xff\x00", contents=(registers,))
        assert registers.value("b") == b"\xff\x00"

    @pytest.mark.parametrize(
        ("path", "said"),
        [
            ("", b""),
            ("", b"\xff"),
            ("", b"sysName.0"),
            ("/sysName.0,sysLocation.0", b"s x"),
            (f"/{LAMP}", b"i x"),
            (f"/{LAMP}", b"words"),
            ("/sysName.0", b"x" * (1 << 20) + b"y"),
        ],
    )
    def test_mistakes(self, path: str, said: bytes) -> None:
        with pytest.raises(UsageError):
            put(path, said)

    def test_who_may_not(self) -> None:
        with pytest.raises(Unauthenticated, match="authorizationError"):
            put("/sysName.0", b"x", user="")
        with pytest.raises(PeerRefused, match="noSuchName"):
            put("/sysName.0", b"x", user="", version="1")

    def test_what_isnt_there(self) -> None:
        with pytest.raises(PeerRefused, match="noSuchObject"):
            put("/1.3.9.9.0", b"words")
        with pytest.raises(PeerRefused, match="noCreation"):
            put("/1.3.9.9.0", b"s words")


class TestList:
    async def entries(self, client: Client) -> list[tuple[str, Any]]:
        return [(entry.name, entry.value) async for entry in client.list("")]

    def test_a_subtree(self) -> None:
        assert at_an_agent(self.entries, "/ifDescr") == [("ifDescr.1", "lo"), ("ifDescr.2", "eth0")]

    def test_several(self) -> None:
        found = at_an_agent(self.entries, "/ifDescr,sysName")
        assert [name for name, _ in found] == ["ifDescr.1", "ifDescr.2", "sysName.0"]

    def test_everything_below_mib_2(self) -> None:
        found = at_an_agent(self.entries)
        assert found[0][0] == "sysDescr.0"
        assert found[-1][0].startswith("snmp")


class TestSend:
    def test_a_trap_isnt_confirmed(self) -> None:
        async def work(client: Client) -> Any:
            return (await client.send(Message("linkDown", b"ifIndex.2 i 2"))).meta

        assert at_an_agent(work) == {"notification": "linkDown", "version": "2c", "confirmed": False}

    def test_the_path_names_it(self) -> None:
        async def work(client: Client) -> Any:
            return (await client.send(Message())).meta["notification"]

        assert at_an_agent(work, "/coldStart") == "coldStart"

    @pytest.mark.parametrize(
        ("message", "options"),
        [
            (Message("nothing"), {}),
            (Message("linkDown", b"hello"), {}),
            (Message("linkDown"), {"version": "1", "inform": True}),
            (Message("linkDown"), {"version": "1", "agent_address": "::1"}),
            (Message("linkDown", b"ifHCInOctets.1 C 5"), {"version": "1"}),
        ],
    )
    def test_mistakes(self, message: Message, options: dict[str, Any]) -> None:
        async def work(client: Client) -> Any:
            await client.send(message)

        with pytest.raises(UsageError):
            at_an_agent(work, **options)


def test_limits_of_an_agent_are_bounds_of_a_manager() -> None:
    """A device with long values: over UDP without proof they don't come, with it they do."""
    long = Registers([(Register(name="d", kind="text", oid=DESCRIPTION), "x" * 1000)])

    async def work(client: Client) -> Any:
        return (await client.get("/sysDescr.0")).value

    with pytest.raises(PeerRefused, match="tooBig") as caught:
        at_an_agent(work, "", "", long)
    assert "amplify" in caught.value.hint
    assert at_an_agent(work, "", ANN, long) == "x" * 1000
    assert LIMIT
