"""Demo: all that it shows is as it should be, also what is broken on purpose."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from netloom import registry
from netloom.errors import CapabilityError, Status, UsageError
from netloom.links import icmp_kernel
from netloom.records import Cell, Note, ProbeRecord, ServingRecord, Step
from tests.interop.icmp_peers import may
from tests.worlds import records

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def chapters(found: list[Any]) -> dict[str, list[Any]]:
    """The records below each title."""
    made: dict[str, list[Any]] = {}
    for record in found:
        if isinstance(record, Note) and record.title in ("Servers", "Talk", "Probe", "Broken on purpose", "The matrix"):
            made[record.title] = []
        else:
            made[list(made)[-1]].append(record)
    return made


async def test_what_takes_a_privilege_that_lacks_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise CapabilityError("no raw socket", hint="CAP_NET_RAW")

    monkeypatch.setattr(icmp_kernel, "hear", denied)
    found = chapters(await records(None, "demo", protocol=["icmp", "udp"]))
    served, left_out = found["Servers"]
    assert served.protocol == "udp"
    assert (left_out.title, left_out.text) == ("icmp:// is left out", "no raw socket: CAP_NET_RAW")
    assert {made.protocol for made in found["Talk"]} == {made.protocol for made in found["Probe"]} == {"udp"}
    with pytest.raises(CapabilityError):
        await records(None, "demo", protocol=["icmp"])


async def test_everything() -> None:
    if not may(socket.SOCK_RAW):
        pytest.skip("one of all takes CAP_NET_RAW")
    found = chapters(await records(None, "demo"))
    assert list(found) == ["Servers", "Talk", "Probe", "Broken on purpose", "The matrix"]
    schemes = {scheme for declared in registry.protocols() for scheme in declared.schemes}

    servers = found["Servers"]
    assert all(isinstance(made, ServingRecord) for made in servers)
    assert {made.endpoint.partition(":")[0] for made in servers} == schemes

    talk: list[Step] = found["Talk"]
    assert [(made.protocol, made.verb) for made in talk] == [
        (declared.name, sample.verb) for declared in registry.protocols() for sample in declared.samples
    ]
    assert [made.reply for made in talk if made.reply.status is not Status.SUCCESS] == []
    assert all("loom@" not in made.reply.endpoint for made in talk), "the password isn't shown"
    assert all(made.reply.value for made in talk if made.verb == "list")

    assert all(isinstance(made, ProbeRecord) for made in found["Probe"])
    assert [made for made in found["Probe"] if made.status is not Status.SUCCESS] == []
    assert {made.protocol for made in found["Probe"]} == set(registry.names("protocols"))
    assert {"https", "tls"} <= {made.endpoint.partition(":")[0] for made in found["Probe"]}

    broken = {made.status: made for made in found["Broken on purpose"]}
    assert set(broken) == {Status.TLS_ERROR, Status.TIMEOUT, Status.REFUSED}
    assert "expired" in broken[Status.TLS_ERROR].message
    assert all(made.message and made.hint and made.phase for made in broken.values())

    assert all(isinstance(made, Cell) for made in found["The matrix"])
    assert {made.protocol for made in found["The matrix"]} == set(registry.names("protocols"))
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_only_some() -> None:
    found = chapters(await records(None, "demo", protocol=["tcp", "ntp"]))
    for part in ("Servers", "Talk", "Probe"):
        assert {made.protocol for made in found[part]} == {"ntp", "tcp"}


async def test_an_unknown_protocol() -> None:
    with pytest.raises(UsageError, match="there is no protocol 'tpc'") as caught:
        await records(None, "demo", protocol="tpc")
    assert caught.value.hint == "did you mean tcp?"
