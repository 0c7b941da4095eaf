"""SNMP meets others: our manager and net-snmp's and snmpsim's agents; our agent and net-snmp's tools, pysnmp, gufo."""

from __future__ import annotations

import asyncio
import importlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from netloom.accounts import Accounts
from netloom.contents.bus import Bus
from netloom.contents.registers import Registers
from netloom.contents.registers.snmprec import parse_snmprec
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.serving import Serving
from netloom.wire.snmp import smi
from netloom.wire.snmp.mibs import IMPORTABLE, standard
from tests.interop import snmp_peers as peers
from tests.interop.peers import need
from tests.interop.snmp_peers import CIPHERS, PAIRS, PASSWORD, Place, attempt, tool, v3
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

NETSNMP = pytest.mark.meets(server="net-snmp")
SNMPSIM = pytest.mark.meets(server="snmpsim")
TOOLS = pytest.mark.meets(client="net-snmp")
PYSNMP = pytest.mark.meets(client="pysnmp")
GUFO = pytest.mark.meets(client="gufo-snmp")


# Our manager


@pytest.fixture(scope="module")
def snmpd() -> Iterator[Place]:
    with peers.snmpd() as place:
        yield place


@pytest.fixture(scope="module")
def snmptrapd() -> Iterator[Place]:
    with peers.snmptrapd() as place:
        yield place


@pytest.fixture(scope="module")
def snmpsim() -> Iterator[Place]:
    with peers.snmpsim() as place:
        yield place


def at(place: Place, path: str = "", user: str = "", scheme: str = "snmp") -> str:
    return f"{scheme}://{user}127.0.0.1:{place.port}{path}"


async def walked(url: str) -> list[tuple[str, str, Any]]:
    found: list[Any] = await records(None, "list", url)
    assert found[-1].status is Status.SUCCESS, found[-1]
    return [(each.entry.path, each.entry.kind, each.entry.value) for each in found[:-1]]


async def put(url: str, text: str, folder: Path) -> Any:
    (folder / "body").write_text(text)
    return await record(None, "put", url, source=str(folder / "body"))


@NETSNMP
class TestAtNetSnmp:
    @pytest.mark.parametrize("version", ["1", "2c"])
    @pytest.mark.parametrize("scheme", ["snmp", "snmp+tcp"])
    async def test_communities(self, snmpd: Place, version: str, scheme: str) -> None:
        found = await record(
            None, "get", at(snmpd, f"/sysContact.0,sysServices.0#version={version}", "public@", scheme)
        )
        assert found.status is Status.SUCCESS, found
        assert found.value == {"sysContact.0": "alice@example.test", "sysServices.0": 72}

    @pytest.mark.parametrize(("auth", "priv"), PAIRS)
    async def test_users(self, snmpd: Place, auth: str, priv: str) -> None:
        user = f"{peers.user(auth, priv)}:{PASSWORD}@"
        found = await record(None, "get", at(snmpd, f"/sysContact.0#auth={auth},priv={priv}", user))
        assert found.status is Status.SUCCESS, found
        assert found.value == "alice@example.test"

    async def test_without_privacy(self, snmpd: Place) -> None:
        found = await record(None, "get", at(snmpd, "/sysContact.0#priv=none", f"plain:{PASSWORD}@"))
        assert found.value == "alice@example.test"

    async def test_another_password_encrypts(self, snmpd: Place) -> None:
        found = await record(
            None, "get", at(snmpd, "/sysContact.0#auth=sha,priv_password=rabbit-hole", f"other:{PASSWORD}@")
        )
        assert found.value == "alice@example.test"

    @pytest.mark.parametrize(
        ("user", "options", "code"),
        [
            (f"nobody:{PASSWORD}@", "", "unknownUserName"),
            ("shaaes:wrong-password@", "auth=sha", "wrongDigest"),
            (f"shaaes:{PASSWORD}@", "auth=sha,priv=none", "authorizationError"),
            (f"plain:{PASSWORD}@", "", "unsupportedSecLevel"),
        ],
    )
    async def test_who_isnt_let_in(self, snmpd: Place, user: str, options: str, code: str) -> None:
        found = await record(None, "get", at(snmpd, f"/sysContact.0#{options}", user))
        assert found.status in (Status.UNAUTHENTICATED, Status.REFUSED_BY_PEER), found
        assert code in found.message

    async def test_a_wrong_community_is_silence(self, snmpd: Place) -> None:
        found = await record(None, "get", at(snmpd, "/sysContact.0#retries=0", "wrong@"))
        assert found.status is Status.TIMEOUT

    @pytest.mark.parametrize("options", ["#version=1", "#max_repetitions=0", "", "#max_repetitions=200"])
    async def test_a_walk_is_net_snmps_own(self, snmpd: Place, options: str) -> None:
        """The same identifiers and types in the same order as snmpwalk prints; most of the system doesn't move."""
        ours = await walked(at(snmpd, f"/1.3.6.1.2.1.1{options}"))
        lines = await tool("snmpwalk", "-v2c", "-c", "public", "-On", f"127.0.0.1:{snmpd.port}", ".1.3.6.1.2.1.1")
        theirs = [line.partition(" = ")[0].removeprefix(".") for line in lines.splitlines() if line.startswith(".1.3")]
        assert [path for path, _, _ in ours] == theirs
        assert len(ours) > 20

    async def test_everything(self, snmpd: Place) -> None:
        ours = await walked(at(snmpd, "/1.3.6", f"sha512des:{PASSWORD}@") + "#auth=sha512,priv=des")
        assert len(ours) > 100
        assert {"Counter32", "Gauge32", "TimeTicks", "OctetString", "ObjectIdentifier", "Integer32"} <= {
            kind for _, kind, _ in ours
        }

    async def test_what_follows_and_bulk(self, snmpd: Place) -> None:
        following = await record(None, "get", at(snmpd, "/sysContact#request=next"))
        assert following.meta["name"] == "sysContact.0"
        bulk = await record(
            None, "get", at(snmpd, "/sysServices,sysORID#request=bulk,non_repeaters=1,max_repetitions=3")
        )
        assert list(bulk.value) == ["sysServices.0", "sysORID.1", "sysORID.2", "sysORID.3"]
        assert bulk.value["sysORID.1"]

    async def test_set(self, snmpd: Place, tmp_path: Path) -> None:
        url = at(snmpd, "/sysName.0", "private@")
        assert (await put(url, "rabbit\n", tmp_path)).value == "rabbit"
        user = f"sha256aes256:{PASSWORD}@"
        both = await put(at(snmpd, "#priv=aes256", user), "sysName.0 s hatter\nsysLocation.0 s party\n", tmp_path)
        assert both.value == {"sysName.0": "hatter", "sysLocation.0": "party"}
        assert "hatter" in await tool("snmpget", "-v2c", "-c", "public", f"127.0.0.1:{snmpd.port}", "1.3.6.1.2.1.1.5.0")
        refused = await put(at(snmpd, "/sysName.0", "public@"), "x", tmp_path)
        assert refused.status is Status.UNAUTHENTICATED
        wrong = await put(at(snmpd, "/sysName.0", "private@"), "i 5", tmp_path)
        assert (wrong.status, "wrongType" in wrong.message) == (Status.REFUSED_BY_PEER, True)
        old = await put(at(snmpd, "/sysUpTime.0#version=1", "private@"), "t 5", tmp_path)
        assert old.status is Status.REFUSED_BY_PEER

    async def test_a_probe(self, snmpd: Place) -> None:
        found = await record(None, "probe", at(snmpd, "#auth=sha", f"shaaes:{PASSWORD}@"))
        assert found.status is Status.SUCCESS, found
        assert found.facts["vendor"] == "net-snmp"
        assert found.facts["engine_vendor"] == "net-snmp"
        assert found.facts["engine_id"] == b"\x80\0\x1f\x88\x04looking-glass".hex()
        assert found.facts["authentic"]
        assert found.facts["contact"] == "alice@example.test"
        nobody = await record(None, "probe", at(snmpd, "#version=3"))
        assert nobody.facts["engine_boots"] == found.facts["engine_boots"]

    async def test_numbers_have_their_names(self, snmpd: Place) -> None:
        kinds = await walked(at(snmpd, "/ifType"))
        assert "softwareLoopback" in [value for _, _, value in kinds]


@NETSNMP
class TestAtSnmptrapd:
    @pytest.mark.parametrize(
        ("user", "options", "heard"),
        [
            ("", "", "HEARD2 TRAP2, SNMP v2c, community public"),
            ("", "version=1", "HEARD1 .1.3.6.1.6.3.1.1.5 2 0"),
            ("", "inform", "HEARD2 INFORM, SNMP v2c, community public"),
            (f"ann:{PASSWORD}@", f"engine_id={peers.TRAP_ENGINE}", "HEARD2 TRAP2, SNMP v3, user ann, context "),
            (f"ann:{PASSWORD}@", "inform", "HEARD2 INFORM, SNMP v3, user ann, context "),
        ],
    )
    async def test_notifications(self, snmptrapd: Place, user: str, options: str, heard: str) -> None:
        mark = f"mark-{abs(hash((user, options)))}"
        sent = await record(
            None, "send", at(snmptrapd, f"/linkDown#{options}", user, "snmptrap"), f"ifIndex.2 i 2\nifDescr.2 s {mark}"
        )
        assert sent.status is Status.SUCCESS, sent
        line = await _line(snmptrapd, mark)
        assert line.startswith(heard), line
        assert ".1.3.6.1.2.1.2.2.1.1.2 = INTEGER: 2" in line

    async def test_an_enterprises_own(self, snmptrapd: Place) -> None:
        sent = await record(
            None,
            "send",
            at(snmptrapd, "/1.3.6.1.4.1.8072.9999.0.7#version=1,agent_address=192.0.2.7"),
            "sysName.0 s own",
        )
        assert sent.status is Status.SUCCESS
        assert (await _line(snmptrapd, '"own"')).startswith("HEARD1 .1.3.6.1.4.1.8072.9999 6 .7")


async def _line(place: Place, mark: str) -> str:
    async with asyncio.timeout(30):
        while True:
            for line in place.said().splitlines():
                if mark in line:
                    return line
            await asyncio.sleep(0.02)  # another program's file: nothing tells when it has grown


@SNMPSIM
class TestAtSnmpsim:
    @pytest.mark.parametrize("options", ["#version=1", "", "#max_repetitions=3"])
    async def test_a_walk(self, snmpsim: Place, options: str) -> None:
        """What snmpsim tells of a recorded device is what our own content reads from the same record."""
        ours = await walked(at(snmpsim, f"/1.3.6{options}"))
        registers = Registers(parse_snmprec(peers.SIMULATED, "here"))
        paths = [".".join(map(str, oid)) for oid in registers.oids]
        if options == "#version=1":
            paths.remove("1.3.6.1.2.1.31.1.1.1.6.1")  # version 1 has no Counter64
        assert [path for path, _, _ in ours] == paths

    @pytest.mark.parametrize("priv", ["aes192c"])
    async def test_users(self, snmpsim: Place, priv: str) -> None:
        found = await record(None, "get", at(snmpsim, f"/sysName.0#priv={priv},context=public", f"ann:{PASSWORD}@"))
        assert found.status is Status.SUCCESS, found
        assert found.value == "simulated"

    async def test_values(self, snmpsim: Place) -> None:
        found = await record(
            None,
            "get",
            at(
                snmpsim,
                "?oid=ifHCInOctets.1,ifOperStatus.2,ifPhysAddress.2,sysUpTime.0,ipAdEntAddr.127.0.0.1,1.3.6.1.4.1.9999.2.0",
            ),
        )
        assert list(found.value.values()) == [
            2**64 - 1, "lowerLayerDown", "00:11:22:33:44:55", "0:20:34.56", "127.0.0.1", "0x00ff",
        ]  # fmt: skip

    async def test_what_isnt_there(self, snmpsim: Place) -> None:
        found = await record(None, "get", at(snmpsim, "/sysName.7"))
        assert (found.status, "noSuch" in found.message) == (Status.REFUSED_BY_PEER, True)


# Our agent


class Ours:
    """Our agent in this process, for foreign programs; each pair of protocols has a port."""

    def __init__(self, serving: Serving, registers: Registers) -> None:
        self.registers = registers
        ports = [str(endpoint.port) for endpoint in serving.endpoints]
        self.port, self.tcp = ports[:2]
        self.pairs = dict(zip(EVERY, ports[2:], strict=True))


EVERY = [*PAIRS, ("sha256", "aes"), ("sha", "aes192"), ("sha", "aes192c"), ("sha256", "aes256c"), ("sha256", "none")]


@pytest.fixture
async def ours() -> AsyncIterator[Ours]:
    registers = Registers()
    urls = ["snmp://127.0.0.1:0#communities=names,amplify=0", "snmp+tcp://127.0.0.1:0"]
    urls += [f"snmp://127.0.0.1:0#auth={auth},priv={priv}" for auth, priv in EVERY]
    accounts = Accounts.from_texts([f"ann:{PASSWORD}"])
    async with Serving([Endpoint.parse(url) for url in urls], [registers], accounts) as serving:
        yield Ours(serving, registers)


NAME = "1.3.6.1.2.1.1.5.0"
LOCATION = "1.3.6.1.2.1.1.6.0"
PUBLIC = ["-c", "public", "-On"]


@TOOLS
class TestNetSnmpsTools:
    @pytest.mark.parametrize("version", ["-v1", "-v2c"])
    async def test_get(self, ours: Ours, version: str) -> None:
        said = await tool("snmpget", version, *PUBLIC, f"127.0.0.1:{ours.port}", NAME, "1.3.6.1.2.1.1.3.0")
        assert f'.{NAME} = STRING: "greenhouse-1"' in said
        assert "Timeticks: (" in said

    async def test_over_tcp(self, ours: Ours) -> None:
        said = await tool("snmpwalk", "-v2c", *PUBLIC, f"tcp:127.0.0.1:{ours.tcp}", "1.3.6.1.2.1.1")
        assert len(said.splitlines()) == 7

    @pytest.mark.parametrize("priv", [pair for pair in PAIRS if pair[1] in CIPHERS])
    async def test_users(self, ours: Ours, priv: tuple[str, str]) -> None:
        said = await tool("snmpget", *v3(*priv), f"127.0.0.1:{ours.pairs[priv]}", NAME)
        assert "greenhouse-1" in said

    async def test_without_privacy(self, ours: Ours) -> None:
        assert "greenhouse-1" in await tool(
            "snmpget", *v3("sha256", ""), f"127.0.0.1:{ours.pairs['sha256', 'none']}", NAME
        )

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (v3(password="wrong-password"), "Authentication failure"),
            (v3(name="eve"), "Unknown user name"),
            (v3("sha256", ""), "Unsupported security level"),
            (v3("sha", "aes"), "Authentication failure"),
            (["-v3", "-u", "ann", "-l", "noAuthNoPriv"], "Unsupported security level"),
            ([*v3(), "-n", "cellar"], ""),
        ],
    )
    async def test_who_isnt_let_in(self, ours: Ours, arguments: list[str], said: str) -> None:
        code, words = await attempt(
            "snmpget", "-r0", "-t2", *arguments, f"127.0.0.1:{ours.pairs['sha256', 'aes']}", NAME
        )
        assert code != 0
        assert said in words

    @pytest.mark.parametrize("program", ["snmpwalk", "snmpbulkwalk"])
    async def test_walks(self, ours: Ours, program: str) -> None:
        said = await tool(program, "-v2c", *PUBLIC, f"127.0.0.1:{ours.port}", "1.3.6")
        found = [line.partition(" = ")[0] for line in said.splitlines() if line.startswith(".1.3")]
        assert found[: len(ours.registers.oids)]
        expected = ["." + ".".join(map(str, oid)) for oid in ours.registers.oids]
        assert [name for name in found if name in expected] == expected
        assert found == sorted(found, key=lambda name: [int(part) for part in name.split(".")[1:]])

    async def test_bulk(self, ours: Ours) -> None:
        said = await tool(
            "snmpbulkget",
            "-v2c",
            "-Cn1",
            "-Cr2",
            *PUBLIC,
            f"127.0.0.1:{ours.port}",
            "1.3.6.1.2.1.1.5",
            "1.3.6.1.2.1.2.2.1.2",
        )
        assert [line.split(" = ")[0][-2:] for line in said.splitlines()] == [".0", ".1", ".2"]

    async def test_set(self, ours: Ours) -> None:
        place = f"127.0.0.1:{ours.pairs['sha256', 'aes']}"
        await tool("snmpset", *v3(), place, LOCATION, "s", "elsewhere", NAME, "s", "anew")
        assert (ours.registers.value("location"), ours.registers.value("name")) == ("elsewhere", "anew")
        code, said = await attempt("snmpset", *v3(), place, NAME, "s", "x", "1.3.6.1.4.1.8072.9999.1.4.0", "i", "101")
        assert (code, "wrongValue" in said) == (2, True)
        assert ours.registers.value("name") == "anew"
        assert "notWritable" in (await attempt("snmpset", *v3(), place, "1.3.6.1.2.1.1.1.0", "s", "x"))[1]
        assert "wrongType" in (await attempt("snmpset", *v3(), place, NAME, "i", "1"))[1]
        assert "noCreation" in (await attempt("snmpset", *v3(), place, "1.3.9.9.0", "i", "1"))[1]

    async def test_communities_of_accounts(self, ours: Ours) -> None:
        await tool("snmpset", "-v2c", "-c", "ann", f"127.0.0.1:{ours.port}", LOCATION, "s", "by name")
        assert ours.registers.value("location") == "by name"
        _, said = await attempt("snmpset", "-v2c", "-c", "public", f"127.0.0.1:{ours.port}", LOCATION, "s", "x")
        assert "authorizationError" in said
        _, said = await attempt("snmpset", "-v1", "-c", "public", f"127.0.0.1:{ours.port}", LOCATION, "s", "x")
        assert "noSuchName" in said

    async def test_what_isnt_there(self, ours: Ours) -> None:
        said = await tool("snmpget", "-v2c", *PUBLIC, f"127.0.0.1:{ours.port}", "1.3.6.1.2.1.1.5.7", "1.3.9.9")
        assert "No Such Instance" in said
        assert "No Such Object" in said

    async def test_a_recorded_device(self) -> None:
        registers = Registers(parse_snmprec(peers.SIMULATED, "here"))
        async with Serving([Endpoint.parse("snmp://127.0.0.1:0")], [registers]) as serving:
            place = f"127.0.0.1:{serving.endpoint.port}"
            said = await tool(
                "snmpbulkwalk",
                "-v2c",
                *PUBLIC,
                place,
                "1.3.6.1.2.1.31",
            )
            assert "Counter64: 18446744073709551615" in said
            old = await tool("snmpwalk", "-v1", *PUBLIC, place, "1.3.6.1.2.1.2")
            assert len(old.splitlines()) == 8


class Heard:
    """Our receiver in this process."""

    def __init__(self, port: str, messages: Any) -> None:
        self.port = port
        self.messages = messages

    async def next(self) -> Any:
        return await asyncio.wait_for(anext(self.messages), 30)


@pytest.fixture
async def heard() -> AsyncIterator[Heard]:
    bus = Bus()
    accounts = Accounts.from_texts([f"ann:{PASSWORD}"])
    async with (
        bus.subscribe("#") as messages,
        Serving([Endpoint.parse("snmptrap://127.0.0.1:0")], [bus], accounts) as s,
    ):
        yield Heard(str(s.endpoint.port), messages)


LINK_DOWN = ["1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1.2", "i", "2"]


@TOOLS
class TestNetSnmpsNotifications:
    @pytest.mark.parametrize("program", ["snmptrap", "snmpinform"])
    @pytest.mark.parametrize("arguments", [["-v2c", "-c", "public"], v3()], ids=["2c", "3"])
    async def test_of_version_2(self, heard: Heard, program: str, arguments: list[str]) -> None:
        extra = ["-e", "0x8000000001020304"] if program == "snmptrap" and arguments[0] == "-v3" else []
        await tool(program, *arguments, *extra, f"127.0.0.1:{heard.port}", "4711", *LINK_DOWN)
        found = await heard.next()
        assert (found.topic, found.payload) == ("linkDown", b"ifIndex.2 = Integer32: 2")
        assert found.properties["uptime"] == "0:00:47.11"
        assert found.properties["kind"] == program.removeprefix("snmp")
        assert found.properties.get("user", "") == ("ann" if arguments[0] == "-v3" else "")

    async def test_of_version_1(self, heard: Heard) -> None:
        place, enterprise = f"127.0.0.1:{heard.port}", "1.3.6.1.4.1.8072.9999"
        await tool("snmptrap", "-v1", "-c", "public", place, enterprise, "192.0.2.9", "6", "7", "100", *LINK_DOWN[1:])
        found = await heard.next()
        assert found.topic == "1.3.6.1.4.1.8072.9999.0.7"
        assert found.properties["agent"] == "192.0.2.9"
        assert found.payload == b"ifIndex.2 = Integer32: 2"

    async def test_a_wrong_password_isnt_heard(self, heard: Heard) -> None:
        code, _ = await attempt(
            "snmpinform", "-r0", "-t1", *v3(password="wrong-password"), f"127.0.0.1:{heard.port}", "1", *LINK_DOWN
        )
        assert code != 0
        await tool("snmptrap", "-v2c", "-c", "public", f"127.0.0.1:{heard.port}", "1", "1.3.6.1.6.3.1.1.5.1")
        assert (await heard.next()).topic == "coldStart"

    async def test_our_agent_tells_snmptrapd(self, snmptrapd: Place) -> None:
        """What our agent sends by itself: that it starts, and that somebody used a wrong community."""
        url = f"snmp://127.0.0.1:0#notify=snmptrap://127.0.0.1:{snmptrapd.port}"
        async with Serving([Endpoint.parse(url)]) as serving:
            await attempt("snmpget", "-v2c", "-c", "wrong", "-r0", "-t1", f"127.0.0.1:{serving.endpoint.port}", NAME)
            await _line(snmptrapd, "= OID: .1.3.6.1.6.3.1.1.5.5")
        assert ".1.3.6.1.6.3.1.1.5.1" in snmptrapd.said()


def _pysnmp() -> Any:
    """Its interface, which comes without types."""
    return importlib.import_module("pysnmp.hlapi.v3arch.asyncio")


@PYSNMP
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # its own, within its own code
class TestPysnmp:
    """The other implementation in Python, also for the keys that it extends as Cisco does."""

    @pytest.mark.parametrize("pair", EVERY, ids="-".join)
    async def test_users(self, ours: Ours, pair: tuple[str, str]) -> None:
        hlapi = _pysnmp()

        auths = {
            "md5": hlapi.USM_AUTH_HMAC96_MD5, "sha": hlapi.USM_AUTH_HMAC96_SHA, "sha224": hlapi.USM_AUTH_HMAC128_SHA224,
            "sha256": hlapi.USM_AUTH_HMAC192_SHA256, "sha384": hlapi.USM_AUTH_HMAC256_SHA384,
            "sha512": hlapi.USM_AUTH_HMAC384_SHA512,
        }  # fmt: skip
        privs = {
            "none": hlapi.USM_PRIV_NONE, "des": hlapi.USM_PRIV_CBC56_DES, "aes": hlapi.USM_PRIV_CFB128_AES,
            "aes192": hlapi.USM_PRIV_CFB192_AES_BLUMENTHAL, "aes256": hlapi.USM_PRIV_CFB256_AES_BLUMENTHAL,
            "aes192c": hlapi.USM_PRIV_CFB192_AES, "aes256c": hlapi.USM_PRIV_CFB256_AES,
        }  # fmt: skip
        auth, priv = pair
        user = hlapi.UsmUserData(
            "ann", PASSWORD, PASSWORD if priv != "none" else None, authProtocol=auths[auth], privProtocol=privs[priv]
        )
        engine = hlapi.SnmpEngine()
        try:
            target = await hlapi.UdpTransportTarget.create(("127.0.0.1", int(ours.pairs[pair])), timeout=10, retries=0)
            error, status, _, binds = await hlapi.get_cmd(
                engine, user, target, hlapi.ContextData(), hlapi.ObjectType(hlapi.ObjectIdentity(NAME))
            )
        finally:
            engine.close_dispatcher()
        assert not error
        assert not status
        assert str(binds[0][1]) == "greenhouse-1"

    @pytest.mark.parametrize("model", [0, 1])
    async def test_communities(self, ours: Ours, model: int) -> None:
        hlapi = _pysnmp()

        engine = hlapi.SnmpEngine()
        try:
            target = await hlapi.UdpTransportTarget.create(("127.0.0.1", int(ours.port)), timeout=10, retries=0)
            asked = hlapi.ObjectType(hlapi.ObjectIdentity("1.3.6.1.2.1.2.2.1.2"))
            error, status, _, binds = await hlapi.next_cmd(
                engine, hlapi.CommunityData("public", mpModel=model), target, hlapi.ContextData(), asked
            )
        finally:
            engine.close_dispatcher()
        assert not error
        assert not status
        assert [str(value) for _, value in binds] == ["lo"]


@GUFO
class TestGufo:
    """A manager whose codec and socket are in Rust."""

    @pytest.mark.parametrize("version", ["v1", "v2c"])
    async def test_communities(self, ours: Ours, version: str) -> None:
        from gufo.snmp import SnmpVersion
        from gufo.snmp.aio import SnmpSession

        chosen = getattr(SnmpVersion, version)
        async with SnmpSession("127.0.0.1", int(ours.port), "public", version=chosen, timeout=10) as session:
            assert await session.get(NAME) == b"greenhouse-1"
            assert await session.get_many([NAME, "1.3.6.1.2.1.1.7.0"]) == {
                NAME: b"greenhouse-1",
                "1.3.6.1.2.1.1.7.0": 72,
            }
            walked = [(oid, value) async for oid, value in session.fetch("1.3.6.1.2.1.2.2.1.2")]
        assert walked == [("1.3.6.1.2.1.2.2.1.2.1", b"lo"), ("1.3.6.1.2.1.2.2.1.2.2", b"eth0")]

    @pytest.mark.parametrize("pair", [("md5", "des"), ("sha", "aes"), ("sha256", "aes256"), ("sha256", "aes256c")])
    async def test_users(self, ours: Ours, pair: tuple[str, str]) -> None:
        import gufo.snmp as gufo
        from gufo.snmp.aio import SnmpSession

        auths = {"md5": gufo.Md5Key, "sha": gufo.Sha1Key, "sha256": gufo.Sha256Key}
        privs = {"des": gufo.DesKey, "aes": gufo.Aes128Key, "aes256": gufo.Aes256Key, "aes256c": gufo.Aes256Key}
        expansion = gufo.KeyExpansion.Cisco if pair[1].endswith("c") else gufo.KeyExpansion.Blumenthal
        user = gufo.User(
            "ann", auth_key=auths[pair[0]](PASSWORD.encode()), priv_key=privs[pair[1]](PASSWORD.encode()),
            key_expansion=expansion,
        )  # fmt: skip
        async with SnmpSession("127.0.0.1", int(ours.pairs[pair]), user=user, timeout=10) as session:
            assert await session.get(NAME) == b"greenhouse-1"


# Names

STUBS = {
    "SNMPv2-SMI": "org OBJECT IDENTIFIER ::= { iso 3 } dod OBJECT IDENTIFIER ::= { org 6 } "
    "internet OBJECT IDENTIFIER ::= { dod 1 } private OBJECT IDENTIFIER ::= { internet 4 } "
    "enterprises OBJECT IDENTIFIER ::= { private 1 }",
    **dict.fromkeys(
        ("SNMPv2-TC", "SNMPv2-CONF", "HCNUM-TC", "SNMP-FRAMEWORK-MIB", "INET-ADDRESS-MIB", "SNMP-VIEW-BASED-ACM-MIB"),
        "",
    ),
}
"""The modules on which net-snmp's own lean, as far as numbers go: Debian leaves the IETF's out."""


@TOOLS
async def test_modules_are_read_as_net_snmp_reads_them(tmp_path: Path) -> None:
    """Every name and number in net-snmp's own MIB modules, by its parser and by ours."""
    need("snmptranslate", "snmp")
    folder = peers.MODULES
    if not folder.is_dir():
        need("net-snmp's MIB modules", "libsnmp-base")
    for name, text in STUBS.items():
        (tmp_path / name).write_text(f"{name} DEFINITIONS ::= BEGIN {text} END")
    modules = [module for path in sorted(folder.glob("*.txt")) for module in smi.parse(path.read_text())]
    chosen = [module.name for module in modules if module.name.startswith(("NET-SNMP", "UCD-SNMP", "UCD-DISK"))]
    said = await tool("snmptranslate", "-M", f"{tmp_path}:{folder}", "-m", ":".join(chosen), "-Tz")
    theirs = dict(line.replace('"', "").split() for line in said.splitlines() if line.startswith('"'))
    nodes = [node for node in smi.nodes(modules, standard().names, IMPORTABLE) if node.module in chosen]
    several = Counter(node.name for node in nodes)
    ours = {node.name: ".".join(map(str, node.oid)) for node in nodes if several[node.name] == 1}
    both = theirs.keys() & ours.keys()
    assert len(both) > 250
    assert {name: theirs[name] for name in both} == {name: ours[name] for name in both}
