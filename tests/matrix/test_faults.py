"""Every fault meets every protocol's client, probe and server: a fit status by the deadline, and nothing left open."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest

from netloom import registry
from netloom.errors import Status
from netloom.links.authority import Authority
from netloom.links.faults.fault import DATAGRAMS, STREAM, Traffic
from netloom.links.faults.text import known as kinds
from netloom.links.faults.text import parse
from netloom.links.memory import MemoryNetwork
from tests.laboratory import AFTER, H3, LATEST, PROBE, Lab, laboratory, run, spoken
from tests.worlds import elapsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netloom.links.faults.fault import Kind
    from netloom.shapes import Sample

DONE = frozenset({Status.SUCCESS})
LATE = frozenset({Status.TIMEOUT})
GONE = frozenset({Status.CLOSED, Status.TLS_ERROR})
NOBODY = frozenset({Status.REFUSED, Status.TIMEOUT})
ANYHOW = frozenset(Status) - {Status.ERROR, Status.INVALID_INPUT, Status.UNSUPPORTED}

TROUBLE: dict[Kind, dict[str, frozenset[Status]]] = {
    "stream": {
        "latency:200ms": DONE,
        "latency:60": LATE,
        "bandwidth:1000": DONE | LATE,
        "loss:20%": DONE,
        "loss:100%": DONE,
        "slice:1:delay=0": DONE,
        "slice:7:vary=6": DONE,
        "corrupt:2%": ANYHOW,
        "corrupt:50%": ANYHOW - DONE,
        "reset": GONE,
        "reset:20": GONE | DONE,
        "reset:300": GONE | DONE,
        "stall": LATE,
        "stall:20": LATE | DONE,
        "stall:300": LATE | DONE,
        "stall:20:close=2": GONE | DONE,
        "limit:0": GONE,
        "limit:20": GONE | DONE,
        "limit:300": GONE | DONE,
        # Who has heard an end may still have the time to say so in its own words.
        "half-close": GONE | {Status.REFUSED_BY_PEER},
        "half-close:20": GONE | DONE | {Status.REFUSED_BY_PEER},
        "half-close:300": GONE | DONE | {Status.REFUSED_BY_PEER},
        "slow-close:3": DONE,
        "slow-close:60": DONE | LATE,
        "reject": GONE,
        "handshake:to=server": LATE,
        "handshake:to=client": LATE,
    },
    "datagrams": {
        "latency:200ms": DONE,
        "latency:60": LATE,
        "bandwidth:1000": DONE | LATE,
        "loss:20%": DONE | LATE,
        "loss:100%": LATE,
        "duplicate": DONE,
        "reorder": DONE,
        "corrupt:2%": ANYHOW,
        "corrupt:50%": ANYHOW,
        "reset": NOBODY,
        "reset:20": NOBODY | DONE,
        "stall": LATE,
        "stall:20": LATE | DONE,
        "reject": NOBODY,
    },
}
"""How an attempt may end."""

UNHEARD = frozenset({("syslog", "probe"), ("syslog", "send"), ("snmp", "send")})
"""What sends without waiting for any word: success means that it was sent."""
OPENED = frozenset({("tcp", "probe"), ("unix", "probe"), ("udp", "probe")})
"""What looks only whether it can connect."""
ENDED = frozenset({("tcp", "send"), ("unix", "send")})
"""What is content with the end as an answer."""
UNCHECKED = frozenset({"mqtt", "mqtt+ws", "modbus", "modbus+rtu", "telnet", "tcp", "unix", "sse", "whois"})
"""What may succeed with octets that differ: whatever is said there means something, or the words that count are few."""


def _schemes() -> list[str]:
    """One of each protocol as it is, one over TLS, and HTTP over QUIC."""
    found = [H3]
    for declared in registry.protocols():
        plain = next(iter(declared.schemes))
        secure = [name for name, scheme in declared.schemes.items() if scheme.over in ("tls", "https")]
        found += dict.fromkeys([plain, *secure[:1]])
    return found


def _secure(scheme: str) -> bool:
    """Whether TLS is spoken with it, at once or later."""
    found = spoken(scheme).schemes.get(scheme)
    return found is not None and (found.over in ("tls", "https") or found.starttls)


def _allowed(lab: Lab, text: str, verb: str) -> frozenset[Status]:
    """How a cell may end."""
    found: frozenset[Status] = frozenset()
    for kind in lab.kinds:
        found |= TROUBLE[kind].get(text, DONE)
    name = lab.declared.name
    if text.startswith("handshake") and not _secure(lab.scheme):
        return DONE
    if lab.scheme in UNCHECKED and text.startswith("corrupt"):
        return ANYHOW
    if (name, verb) in UNHEARD or ((name, verb) in OPENED and not text.startswith("handshake")):
        return found | DONE
    return found | DONE if (name, verb) in ENDED and text.startswith(("limit", "half-close")) else found


def _placed(text: str) -> Iterator[tuple[str, str]]:
    """A fault at either end, and of what is said to either side."""
    for end in ("server", "client"):
        if isinstance(parse(text), Traffic) and ":to=" not in text:
            yield from ((end, f"{text}:to={to}") for to in ("client", "server"))
        else:
            yield end, text


async def _cells(lab: Lab) -> list[str]:
    """Try all cells of a protocol, and say in words what is wrong: nothing, as a rule."""
    for sample in (*lab.samples, PROBE):
        record = await lab.ask(sample)
        assert record.status is Status.SUCCESS, record
    await asyncio.sleep(AFTER)
    wrong: list[str] = []
    turn = itertools.cycle(lab.samples)
    texts = dict.fromkeys(text for kind in lab.kinds for text in TROUBLE[kind])
    for text in texts:
        for end, fault in _placed(text):
            for sample in (next(turn), PROBE):
                wrong += await _cell(lab, text, sample, end, fault)
    for sample in lab.samples:  # all were lifted
        record = await lab.ask(sample)
        assert record.status is Status.SUCCESS, record
    return wrong


async def _cell(lab: Lab, text: str, sample: Sample, end: str, fault: str) -> list[str]:
    """One attempt with a fault at one end: what is wrong with how it went."""
    before, began = lab.left(), elapsed()
    if end == "server":
        name = lab.faults.add(fault)
        record = await lab.ask(sample)
        lab.faults.remove(name)
    else:
        record = await lab.ask(sample, fault)
    took = elapsed() - began
    await asyncio.sleep(AFTER)
    wrong = []
    if record.status not in _allowed(lab, text, sample.verb):
        wrong.append(f"{record.status} in phase {record.phase}: {record.message}")
    if took > LATEST:
        wrong.append(f"took {took:g} s")
    if lab.left() != before:
        wrong.append(f"left {lab.left()}, was {before}")
    return [f"{sample.verb} with {fault} at the {end}: {words}" for words in wrong]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create()


@pytest.mark.parametrize("scheme", _schemes())
def test_every_fault(scheme: str, authority: Authority, tmp_path: Path, leaves_nothing: None) -> None:
    async def main() -> list[str]:
        async with laboratory(scheme, tmp_path, authority, MemoryNetwork()) as lab:
            return await _cells(lab)

    wrong = run(main())
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("scheme", [scheme for scheme in _schemes() if _secure(scheme)])
def test_every_wrong_certificate(scheme: str, authority: Authority, tmp_path: Path) -> None:
    async def main() -> None:
        async with laboratory(scheme, tmp_path, authority, MemoryNetwork()) as lab:
            for flaw in ("expired", "early", "name", "untrusted"):
                name = lab.faults.add(f"certificate:{flaw}")
                for sample in (lab.samples[0], PROBE):
                    record = await lab.ask(sample)
                    assert record.status is Status.TLS_ERROR, (flaw, sample, record)
                lab.faults.remove(name)
            assert (await lab.ask(lab.samples[0])).status is Status.SUCCESS

    run(main())


def test_all_kinds_are_tried() -> None:
    """`refuse` has a test for each of its codes, at each protocol that has any."""
    tried = {parse(text).name for texts in TROUBLE.values() for text in texts}
    assert tried | {"certificate", "refuse"} == set(kinds())
    for kind, passes in (("stream", STREAM), ("datagrams", DATAGRAMS)):
        texts = TROUBLE["stream" if kind == "stream" else "datagrams"]
        assert all(parse(text).KINDS & passes for text in texts)


REAL = [
    *((scheme, "latency:50ms", DONE) for scheme in ("http", "dns", "smtp", "mqtt", "ssh", "tftp", "wss", "unix")),
    *((scheme, "slice:1:delay=0", DONE) for scheme in ("http", "imaps", "ftp", "modbus")),
    *((scheme, "reset:20", GONE) for scheme in ("http", "ftp", "imaps", "ssh", "ws")),
    *((scheme, "limit:20", GONE) for scheme in ("http", "ftp", "imaps", "ssh", "ws")),
    *((scheme, "duplicate", DONE) for scheme in ("dns", "coap", "snmp", "tftp", "ntp")),
    *((scheme, "reorder:wait=10ms", DONE) for scheme in ("dns", "coap", "snmp", "tftp", "ntp")),
]
"""A sample on the kernel's own sockets."""


@pytest.mark.parametrize(("scheme", "text", "fit"), REAL)
async def test_on_real_sockets(
    scheme: str, text: str, fit: frozenset[Status], authority: Authority, tmp_path: Path, leaves_nothing: None
) -> None:
    async with laboratory(scheme, tmp_path, authority, None) as lab:
        for sample in (lab.samples[0], PROBE):
            name = lab.faults.add(text)
            assert (await lab.ask(sample)).status in fit
            lab.faults.remove(name)
            assert (await lab.ask(sample)).status is Status.SUCCESS
