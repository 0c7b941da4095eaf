"""SNMP gets a second, of our agent beside net-snmp's, and of our manager beside net-snmp's library and two others."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import partial
from importlib.metadata import version as package_version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks import agents
from benchmarks.compared import grid
from benchmarks.measure import Sample, Side, alternate
from benchmarks.programs import CLIENT, SERVER, Missing, Program, Worker, need, version
from benchmarks.report import Section

if TYPE_CHECKING:
    from benchmarks.bench import Bench

# What

OURS, SNMPD = "**netloom**", "snmpd"
LIBRARY, GUFO, PYSNMP = "net-snmp's library, through Perl", "gufo_snmp (Rust)", "pysnmp, its v1arch"
WINDOW = 16
NAME = "1.3.6.1.2.1.1.5.0"
OR_TABLE = "1.3.6.1.2.1.1.9.1"


class Case(NamedTuple):
    """What an agent is asked, and by whom."""

    caption: str
    kind: str
    oids: tuple[str, ...]
    user: str = ""
    repetitions: int = 0


CASES = (
    Case("Agent: get of a value, 2c", "get", (NAME,)),
    Case(
        "Agent: get of ten values, 2c",
        "get",
        tuple(f"{OR_TABLE}.{column}.{row}" for row in range(1, 6) for column in (2, 3)),
    ),
    Case("Agent: get-bulk of twenty values, 2c", "bulk", (f"{OR_TABLE}.2",), repetitions=20),
    Case("Agent: get of a value, 3, authPriv (SHA-256, AES)", "get", (NAME,), agents.USER),
)
AT_ONCE = (1, 16)

Agent = tuple[Program, int]
Manager = Callable[[int, int, int], tuple[Sample, list[str]]]
"""Given a port, how many gets and how many at once."""


def run(bench: Bench) -> Section:
    """Agents, then managers."""
    theirs = agents.snmpd(bench, SERVER)
    load = bench.worker("snmp_load", CLIENT)
    servers: dict[str, Agent] = {OURS: agents.ours(bench, SERVER, theirs[1]), SNMPD: theirs}
    bench.tell("do both agents say the same?")
    for case in CASES:
        check(load, servers, case)
    grids = []
    for case in CASES:
        found = alternate(
            [Side(name, partial(measure, load, agent, case, bench.scale(0.6, 0.4))) for name, agent in servers.items()],
            bench.rounds,
            lambda text, case=case: bench.tell(f"{case.caption}: {text}"),  # type: ignore[misc]
        )
        grids.append(grid("agent", found, SNMPD, ("answers", "answer"), case.caption))
    managers, missing = askers(bench)
    for at_once in AT_ONCE:
        count = bench.count(1500)
        found = alternate(
            [Side(name, partial(manage, ask, theirs[1], count, at_once)) for name, ask in managers.items()],
            bench.rounds,
            lambda text, at_once=at_once: bench.tell(f"managers, {at_once} at once: {text}"),  # type: ignore[misc]
        )
        how = "one after the other" if at_once == 1 else f"{at_once} at once"
        base = LIBRARY if LIBRARY in found else PYSNMP
        grids.append(grid("manager", found, base, ("gets", "get"), f"Manager: gets of a value from snmpd, 2c, {how}"))
    return Section(
        name="snmp",
        title="an agent's answers, a manager's gets",
        what=f"Agents: the same values below `system`, asked over UDP by one process that keeps {WINDOW} requests "
        "under way; the agent has one core, who asks has the other. Our agent is told `amplify=0`, or it would tell "
        "nobody unproven more than three times what was asked. Managers: the same snmpd has one core, the manager "
        "the other, and CPU time is the manager's; ours and gufo_snmp have a session each for what is under way at "
        f"once.{missing}",
        grids=grids,
        aims=[],
        checked="both agents give the same identifiers, types and values to each request; in every slice each answer "
        "but for its number is the first one's bytes (version 3: of its length, and each sixteenth is verified and "
        "decrypted), and none is lost; each get of a manager gives snmpd's own value.",
        commands=[
            load.shown,
            *(agent.shown for agent, _ in servers.values()),
            *(f"taskset -c {CLIENT} python -m benchmarks.workers.snmp_manager {side}" for side in MANAGERS.values()),
            f"taskset -c {CLIENT} perl benchmarks/workers/net_snmp.pl",
        ],
        limits="agents: a datagram in and one out are two system calls through the event loop; the rest is BER in "
        "Python, of which requests that come again and values that haven't changed are spared. Version 3: a tenth is "
        "HMAC, a tenth AES through `cryptography`, the rest Python, which reads and writes thirty elements a "
        "message. Managers: our get has a timer for its deadline, a future, names for what it found, and a reply.",
        versions=[version(["snmpd", "-v"]), *(f"{name} {package_version(name)}" for name in ("pysnmp", "gufo-snmp"))],
    )


# Sides

MANAGERS = {OURS: "netloom", GUFO: "gufo", PYSNMP: "pysnmp"}


def askers(bench: Bench) -> tuple[dict[str, Manager], str]:
    """The managers, and why one is missing."""
    found: dict[str, Manager] = {}
    for name, side in MANAGERS.items():
        worker = bench.worker("snmp_manager", CLIENT, side)
        found[name] = partial(by_worker, worker)
    try:
        perl = need("perl", "perl")
        has_module = subprocess.run([perl, "-MSNMP", "-e", "1"], capture_output=True, timeout=20, check=False)
        if has_module.returncode:
            raise Missing("Perl's module SNMP isn't installed: libsnmp-perl")
    except Missing as exc:
        return found, f" Left out: {exc}."
    script = str(Path(__file__).parents[1] / "workers" / "net_snmp.pl")
    program = bench.start(Program([perl, script], CLIENT, env={"MIBS": ""}, pipes=True))
    return {**found, LIBRARY: partial(by_perl, program)}, ""


# Check


def check(load: Worker, servers: dict[str, Agent], case: Case) -> None:
    """The same from both."""
    said = {name: ask(load, port, case, 0)["said"] for name, (_, port) in servers.items()}
    if said[OURS] != said[SNMPD] or not said[OURS]:
        raise AssertionError(f"{case.caption}: {said}")


# Measure


def ask(load: Worker, port: int, case: Case, seconds: float) -> dict[str, Any]:
    return load.ask(
        port=port, kind=case.kind, oids=case.oids, user=case.user, password=agents.PASSWORD if case.user else "",
        window=WINDOW, repetitions=case.repetitions, seconds=seconds,
    )  # fmt: skip


def measure(load: Worker, agent: Agent, case: Case, seconds: float) -> Sample:
    """The agent's CPU time."""
    program, port = agent
    before = program.cpu()
    answer = ask(load, port, case, seconds)
    return Sample(answer["work"], answer["wall"], program.cpu() - before)


def manage(manager: Manager, port: int, count: int, at_once: int) -> Sample:
    """The manager's own CPU time."""
    sample, values = manager(port, count, at_once)
    if values != ["switch-1"]:
        raise AssertionError(f"a get gave {values}")
    return sample


def by_worker(worker: Worker, port: int, count: int, at_once: int) -> tuple[Sample, list[str]]:
    answer = worker.ask(port=port, count=count, concurrency=at_once)
    return Sample(count, answer["wall"], answer["cpu"]), answer["values"]


def by_perl(program: Program, port: int, count: int, at_once: int) -> tuple[Sample, list[str]]:
    pipes = program.process
    assert pipes.stdin is not None
    assert pipes.stdout is not None
    pipes.stdin.write(f"{port} {count} {at_once}\n")
    pipes.stdin.flush()
    line = pipes.stdout.readline()
    if not line:
        raise RuntimeError(f"{program.shown} ended")
    wall, cpu, *values = line.split()
    return Sample(count, float(wall), float(cpu)), values
