"""TLS handshakes a CPU second, served and made, and what an idle connection holds, beside nginx and asyncio."""

from __future__ import annotations

import itertools
import re
import subprocess
import time
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.counterparts import Certificate, certificate, nginx
from benchmarks.measure import Sample, Side, Spread, alternate, ratios
from benchmarks.programs import CLIENT, SERVER, Program, Worker, free_port, need, version
from benchmarks.report import Grid, Section, spread

if TYPE_CHECKING:
    from benchmarks.bench import Bench

# What

OURS, NGINX, OPENSSL, ASYNCIO, UVLOOP = "**netloom**", "nginx", "openssl s_server", "asyncio", "asyncio on uvloop"
S_TIME = "openssl s_time"
CONCURRENCY = 20
BATCHES = 4

Server = tuple[Program, int]


def run(bench: Bench) -> Section:
    """Served, made, held."""
    openssl = need("openssl", "openssl")
    trust = certificate(bench)
    servers = sides(bench, trust, openssl)
    clients = {name: bench.worker("tls_client", CLIENT, side, str(trust.ca)) for name, side in CLIENTS.items()}
    target = servers[NGINX][1]
    bench.tell("does everybody speak TLS 1.3, verified?")
    check(servers, clients, trust, openssl)
    seconds = int(bench.scale(2, 1))
    served = alternate(
        [Side(name, partial(serve, openssl, server, seconds)) for name, server in servers.items()],
        bench.rounds,
        lambda text: bench.tell(f"served, {text}"),
    )
    count = bench.count(1200)
    made = alternate(
        [
            *(Side(name, partial(make, worker, target, count)) for name, worker in clients.items()),
            Side(S_TIME, partial(make_by_s_time, openssl, target, trust, seconds)),
        ],
        bench.rounds,
        lambda text: bench.tell(f"made, {text}"),
    )
    held = hold(bench, {name: servers[name] for name in (OURS, NGINX, ASYNCIO, UVLOOP)}, trust)
    return Section(
        name="tls",
        title="handshakes, and idle connections",
        what="Full TLS 1.3 handshakes, P-256 certificates, no resumption. Served: `openssl s_time` connects, "
        "one after another. Made: verified "
        f"handshakes with the same nginx, {CONCURRENCY} at once (s_time: one after another). Held: memory (Pss) "
        "of the server's process for each of "
        f"{BATCHES * batch(bench)} connections that say nothing. Ratios are of the CPU time of the side that is "
        "measured. No aim was set.",
        grids=[
            Grid(
                ("serves", "handshakes per CPU second, of nginx", "CPU, µs a handshake", "handshakes/s"),
                rows(served, NGINX),
                "Served",
            ),
            Grid(
                ("makes", "handshakes per CPU second, of asyncio's", "CPU, µs a handshake", "handshakes/s"),
                rows(made, ASYNCIO),
                "Made",
            ),
            Grid(("holds", "KiB a connection"), [(name, spread(found)) for name, found in held.items()], "Held"),
        ],
        aims=[],
        checked="TLS 1.3 with a verified chain and name between every server and stdlib's client, and between "
        "every client and nginx; every handshake of a "
        "slice is counted by who made it.",
        commands=[
            f"taskset -c {CLIENT} openssl s_time -connect 127.0.0.1:PORT -new -time {seconds}",
            *(server.shown for server, _ in servers.values()),
            *(worker.shown for worker in clients.values()),
        ],
        limits="OpenSSL: key exchange, the signature and its check. netloom's own OpenSSL offers the post-quantum "
        "X25519MLKEM768 beside X25519, and makes a key for each, which the OpenSSL of the others doesn't "
        "know. Python's "
        "own part is least in uvloop's TLS, which is compiled.",
        versions=[version([openssl, "version"]), version(["nginx", "-v"]), library()],
    )


# Sides

CLIENTS = {OURS: "netloom", ASYNCIO: "asyncio", UVLOOP: "asyncio+uvloop"}


def sides(bench: Bench, trust: Certificate, openssl: str) -> dict[str, Server]:
    web = nginx(bench, SERVER, tls=trust)
    port = free_port()
    s_server = [
        openssl,
        "s_server",
        "-accept",
        f"127.0.0.1:{port}",
        "-cert",
        str(trust.chain),
        "-key",
        str(trust.key),
        "-quiet",
        "-rev",
    ]
    ours = bench.worker("server", SERVER, f"tls://127.0.0.1:0#cert={trust.chain},key={trust.key},idle=600")
    asyncio, uvloop = (
        bench.worker("tls_server", SERVER, str(trust.chain), str(trust.key), loop) for loop in ("asyncio", "uvloop")
    )
    return {
        OURS: (ours, int(ours.hear()["port"])),
        NGINX: (web.program, web.tls_port),
        OPENSSL: (bench.start(Program(s_server, SERVER)).wait_for(port), port),
        ASYNCIO: (asyncio, int(asyncio.hear()["port"])),
        UVLOOP: (uvloop, int(uvloop.hear()["port"])),
    }


def library() -> str:
    from OpenSSL import SSL

    return f"netloom's own engine {SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode()}"


# Check


def check(servers: dict[str, Server], clients: dict[str, Worker], trust: Certificate, openssl: str) -> None:
    """Everybody agrees on TLS 1.3, and verifies."""
    for name, (_, port) in servers.items():
        command = [
            openssl,
            "s_client",
            "-connect",
            f"127.0.0.1:{port}",
            "-CAfile",
            str(trust.ca),
            "-verify_return_error",
            "-verify_ip",
            "127.0.0.1",
            "-brief",
        ]
        said = subprocess.run(command, input="", capture_output=True, text=True, timeout=10, check=False)
        if "TLSv1.3" not in said.stderr or "Verification: OK" not in said.stderr:
            raise AssertionError(f"{name}: {said.stdout}{said.stderr}")
    for name, worker in clients.items():
        answer = worker.ask(port=servers[NGINX][1], count=100, concurrency=CONCURRENCY)
        if answer["good"] != 100:
            raise AssertionError(f"{name}: {answer}")


# Measure


def s_time(openssl: str, port: int, seconds: int, *more: str) -> tuple[int, float]:
    """How many handshakes it made; in how many seconds, by our clock."""
    began = time.perf_counter()
    made = subprocess.run(
        [
            "taskset",
            "-c",
            str(CLIENT),
            openssl,
            "s_time",
            "-connect",
            f"127.0.0.1:{port}",
            "-new",
            "-time",
            str(seconds),
            *more,
        ],
        capture_output=True,
        text=True,
        timeout=seconds + 30,
        check=True,
    )
    found = re.search(r"(\d+) connections in \d+ real seconds", made.stdout)
    if found is None or "error" in made.stderr.lower():
        raise AssertionError(made.stdout + made.stderr)
    return int(found[1]), time.perf_counter() - began


def serve(openssl: str, server: Server, seconds: int) -> Sample:
    """The server's CPU time for what s_time asked of it."""
    program, port = server
    before = program.cpu()
    count, wall = s_time(openssl, port, seconds)
    return Sample(count, wall, program.cpu() - before)


def make(worker: Worker, port: int, count: int) -> Sample:
    """The client's CPU time."""
    answer = worker.ask(port=port, count=count, concurrency=CONCURRENCY)
    if answer["good"] != count:
        raise AssertionError(f"{worker.shown}: {answer}")
    return Sample(count, answer["wall"], answer["cpu"])


def make_by_s_time(openssl: str, port: int, trust: Certificate, seconds: int) -> Sample:
    import resource

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime

    before = used()
    count, wall = s_time(openssl, port, seconds, "-CAfile", str(trust.ca), "-verify", "3")
    return Sample(count, wall, used() - before)


def batch(bench: Bench) -> int:
    return bench.count(200)


def hold(bench: Bench, servers: dict[str, Server], trust: Certificate) -> dict[str, Spread]:
    """What the server's memory grows by, batch after batch. The first isn't counted: it fills what the process "
    "has free."""
    holder = bench.worker("holder", CLIENT, str(trust.ca))
    count = batch(bench)
    found: dict[str, list[float]] = {name: [] for name in servers}
    for name, (program, port) in servers.items():
        bench.tell(f"held: {name}")
        memory = []
        for _ in range(BATCHES + 1):
            holder.ask(port=port, count=count)
            time.sleep(0.3)  # what the server still does after the last handshake
            memory.append(program.memory())
        found[name] = [(after - before) / 1024 / count for before, after in itertools.pairwise(memory)]
        holder.ask(port=port, count=0)
    return {name: Spread.of(values) for name, values in found.items()}


def rows(found: dict[str, list[Sample]], base: str) -> list[tuple[str, str, str, str]]:
    """The most thrifty first."""
    made = []
    for name in sorted(found, key=lambda n: Spread.of(s.cpu / s.work for s in found[n]).median):
        over = spread(ratios(found[name], found[base], lambda s: s.thrift)) if name != base else "1"
        cpu = Spread.of(s.cpu / s.work * 1e6 for s in found[name])
        made.append((name, over, spread(cpu), spread(Spread.of(s.rate for s in found[name]))))
    return made
