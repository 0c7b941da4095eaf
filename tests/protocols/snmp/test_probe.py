"""The probe: what is learnt of a device, and of one that tells little."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.contents.registers import Register, Registers
from netloom.errors import Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.wire.snmp import message
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.pdu import GEN_ERR, Pdu
from tests.protocols.snmp.lab import NAME, WHERE, answered, liar, served
from tests.worlds import record

ANN = "ann:wonderland@"


def probed(rest: str = "", user: str = "", *contents: Any) -> Any:
    async def main() -> Any:
        network = MemoryNetwork()
        async with served(network, *(contents or (Registers(),))):
            return await record(network, "probe", f"snmp://{user}{WHERE}{rest}")

    return run(main())


@pytest.mark.parametrize(("rest", "user", "version"), [("#version=1", "", "1"), ("", "", "2c"), ("", ANN, "3")])
def test_who_it_is(rest: str, user: str, version: str) -> None:
    found = probed(rest, user)
    assert found.status is Status.SUCCESS, found
    assert found.summary.startswith(f"v{version} · greenhouse-1 · up 0:00:00 · netloom: a simulated controller")
    facts = found.facts
    assert facts["version"] == version
    assert facts["description"] == "netloom: a simulated controller"
    assert (facts["object_id"], facts["vendor"]) == ("1.3.6.1.4.1.8072.3.2.10", "net-snmp")
    assert (facts["contact"], facts["location"], facts["interfaces"]) == ("root@localhost", "row 3", 2)
    assert 0 <= facts["uptime"] < 60
    assert ("engine_id" in facts) is (version == "3")
    assert facts.get("authentic", False) is (version == "3")


def test_the_engine_alone() -> None:
    found = probed("#version=3")
    assert found.status is Status.SUCCESS
    assert found.facts["engine_boots"] == 1
    assert found.facts["engine_id"].startswith("80007ed9")
    assert "description" not in found.facts
    assert found.summary.endswith("boot 1, up 0 s")


def test_a_wrong_password_tells_of_the_engine_nevertheless() -> None:
    found = probed("", "ann:looking-glass@")
    assert found.status is Status.UNAUTHENTICATED
    assert found.facts["engine_boots"] == 1
    assert found.summary.startswith("v3 · engine")


def test_a_wrong_community_is_silence() -> None:
    found = probed("#retries=1", "wrong@")
    assert found.status is Status.TIMEOUT
    assert found.facts["repeated"] == 1
    assert "community" in found.hint


class TestWhatTheEndpointNames:
    def test_is_told(self) -> None:
        found = probed("/ifDescr.2,1.3.6.1.4.1.8072.9999.1.4.0")
        assert found.facts["values"] == {"ifDescr.2": "eth0", "1.3.6.1.4.1.8072.9999.1.4.0": 80}
        assert found.facts["name"] == "greenhouse-1"

    @pytest.mark.parametrize("version", ["1", "2c"])
    def test_has_to_be_there(self, version: str) -> None:
        found = probed(f"/ifDescr.7#version={version}")
        assert found.status is Status.REFUSED_BY_PEER
        assert "ifDescr.7" in found.message
        assert found.facts["name"] == "greenhouse-1"


@pytest.mark.parametrize("version", ["1", "2c"])
def test_a_device_that_has_little(version: str) -> None:
    little = Registers([(Register(name="n", kind="text", oid=NAME), "lonely")])
    found = probed(f"#version={version}", "", little)
    assert found.status is Status.SUCCESS
    assert found.facts == {"version": version, "name": "lonely"}
    assert found.summary == f"v{version} · lonely"


def test_one_that_refuses() -> None:
    async def main() -> Any:
        network = MemoryNetwork()

        def no(data: bytes, number: int) -> list[bytes]:
            asked = message.parse(data).pdu
            assert isinstance(asked, Pdu)
            assert asked.kind == pdus.GET
            return [answered(data, *asked.varbinds, status=GEN_ERR, index=1)]

        await liar(network, no)
        return await record(network, "probe", f"snmp://{WHERE}")

    found = run(main())
    assert found.status is Status.REFUSED_BY_PEER
    assert "genErr" in found.message


def test_a_long_description() -> None:
    registers = Registers()
    wide = Registers([(Register(name="d", kind="text", oid=(*NAME[:-2], 1, 0)), "Router\r\n" + "x" * 200)])
    assert probed("", ANN, wide).summary.split(" · ")[1] == "Router"
    assert registers.names
