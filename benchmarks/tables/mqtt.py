"""MQTT messages a second through the broker, and connections held, beside Mosquitto and amqtt."""

from __future__ import annotations

import itertools
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.brokers import amqtt, mosquitto
from benchmarks.compared import grid
from benchmarks.measure import Sample, Side, Spread, alternate
from benchmarks.programs import CLIENT, SERVER, Missing, Program, Worker, version
from benchmarks.report import Grid, Section, spread

if TYPE_CHECKING:
    from benchmarks.bench import Bench

# What

OURS, MOSQUITTO, AMQTT = "**netloom**", "Mosquitto", "amqtt"
FLOOR = "bare uvloop protocol"
PAYLOAD = 64
BATCHES = 3


class Case(NamedTuple):
    """So many publishers, each with `fan` subscribers and at most `window` messages under way."""

    caption: str
    number: int
    fan: int
    qos: int
    window: int


CASES = (
    Case("100 publishers to a subscriber each, a message at a time, QoS 0", 100, 1, 0, 1),
    Case("10 publishers to a subscriber each, 50 messages under way, QoS 0", 10, 1, 0, 50),
    Case("10 publishers to a subscriber each, 20 messages under way, QoS 1 in and out", 10, 1, 1, 20),
    Case("a publisher to 200 subscribers, 5 messages under way, QoS 0", 1, 200, 0, 5),
)

Broker = tuple[Program, int]


def run(bench: Bench) -> Section:
    """Every case, then connections that are held."""
    brokers, missing, versions = sides(bench)
    load, bare = bench.worker("mqtt_load", CLIENT), bench.worker("mqtt_floor", SERVER)
    floor = (bare, int(bare.hear()["port"]))
    for name, (_, port) in brokers.items():
        bench.tell(f"does {name} tell everybody, in order?")
        check(load, name, port)
    grids = []
    for case in CASES:
        found = alternate(
            [
                Side(name, partial(measure, load, broker, case, bench.scale(0.5, 0.4)))
                for name, broker in (brokers if case.window > 1 else {**brokers, FLOOR: floor}).items()
            ],
            bench.rounds,
            lambda text, case=case: bench.tell(f"{case.caption}: {text}"),  # type: ignore[misc]
        )
        grids.append(grid("broker", found, MOSQUITTO, ("messages", "message"), case.caption))
    grids.append(hold(bench, load, brokers))
    return Section(
        name="mqtt",
        title="messages through a broker, and connections held",
        what=f"Messages of {PAYLOAD} bytes over MQTT 3.1.1, counted where they arrive: in a closed loop the next "
        "goes out once the last, or the last so many, have arrived. The broker has one core, all clients share the "
        "other: one process that writes bytes made beforehand, and compares what comes. Held: memory (Pss) of the "
        f"broker's process for each of {(BATCHES + 1) * batch(bench)} connections that are subscribed to a topic of "
        f"their own; the first {batch(bench)} aren't counted, which fill what the process has free. The bare "
        f"protocol looks a topic up and passes bytes on: what there is to gain. No aim was set.{missing}",
        grids=grids,
        aims=[],
        checked="numbered messages to three subscribers, two of them with wildcards, each once and in order, QoS 0 "
        "and 1; in every slice each byte that a subscriber is told, no message lost, and every PUBACK; of the held "
        "connections each answers a ping and hears what is told to it.",
        commands=[load.shown, *(broker.shown for broker, _ in brokers.values()), bare.shown],
        limits="a message at a time: for the bare protocol nearly all of it is system calls and the kernel; ours "
        "adds a future and a step of a task for each message, its parsing, a record of it, who hears it, and its "
        "bytes for them. Many at once: what has come in one piece is read and sent in one, and Python remains. To "
        "many subscribers: a send for each. Held: a task, a stream and a session for each connection.",
        versions=versions,
    )


# Sides


def sides(bench: Bench) -> tuple[dict[str, Broker], str, list[str]]:
    """The brokers, why one of them is missing, and whose versions they are."""
    ours = bench.worker("server", SERVER, "mqtt://127.0.0.1:0")
    brokers: dict[str, Broker] = {OURS: (ours, int(ours.hear()["port"])), MOSQUITTO: mosquitto(bench, SERVER)}
    versions = [version(["mosquitto", "-h"])]
    try:
        program, port, theirs = amqtt(bench, SERVER)
    except Missing as exc:
        return brokers, f" Left out: {exc}.", versions
    brokers[AMQTT] = program, port
    return brokers, "", [*versions, f"{theirs} in an environment of its own"]


# Check


def check(load: Worker, name: str, port: int) -> None:
    """Everybody hears everything once, in order."""
    for qos in (0, 1):
        if not load.ask(what="numbered", port=port, qos=qos, count=200)["good"]:
            raise AssertionError(f"{name}: messages of QoS {qos} came in another order")


# Measure


def measure(load: Worker, broker: Broker, case: Case, seconds: float) -> Sample:
    """The broker's CPU time."""
    program, port = broker
    answer = load.ask(
        what="flows", port=port, number=case.number, fan=case.fan, qos=case.qos, window=case.window, seconds=seconds,
        pids=program.pids(),
    )  # fmt: skip
    if not answer["least"]:
        raise AssertionError(f"{program.shown}: somebody heard nothing")
    return Sample(answer["work"], answer["wall"], answer["their_cpu"])


def batch(bench: Bench) -> int:
    return bench.count(500)


def hold(bench: Bench, load: Worker, brokers: dict[str, Broker]) -> Grid:
    """What the broker's memory grows by, batch after batch."""
    count = batch(bench)
    rows = []
    for name, (program, port) in brokers.items():
        bench.tell(f"held: {name}")
        memory, samples = [], []
        for _ in range(BATCHES + 1):
            answer = load.ask(what="hold", port=port, count=count, pids=program.pids())
            samples.append(Sample(count, answer["wall"], answer["their_cpu"]))
            time.sleep(0.3)  # what the broker still does after the last
            memory.append(program.memory())
        held = (BATCHES + 1) * count
        if (answered := load.ask(what="held", port=port)["answered"]) != held:
            raise AssertionError(f"{name}: {answered} of {held} connections answer")
        load.ask(what="release")
        each = Spread.of((after - before) / 1024 / count for before, after in itertools.pairwise(memory))
        rates = Spread.of(s.rate for s in samples), Spread.of(s.cpu / s.work * 1e6 for s in samples)
        rows.append((name, str(held), spread(each), *map(spread, rates)))
    return Grid(
        ("broker", "held", "KiB a connection", "connections/s", "CPU, µs to connect and subscribe"), rows, "Held"
    )
