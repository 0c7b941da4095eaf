"""How long others wait while hundreds of clients are slow on purpose: slowhttptest's modes, and drips elsewhere."""

from __future__ import annotations

import contextlib
import http.client
import re
import smtplib
import socket
import ssl
import subprocess
import time
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.counterparts import Certificate, certificate, nginx
from benchmarks.measure import Spread
from benchmarks.programs import CLIENT, SERVER, Program, need, version
from benchmarks.report import Aim, Grid, Section, figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.bench import Bench

# What

OURS, NGINX = "**netloom**", "nginx"
COUNT = 400
"""Slow clients at once."""
LARGE = 4 << 20
"""Bytes of the file that slow readers ask for."""
AIM = 100.0
"""Milliseconds that 99 of 100 others wait at most."""
MODES = {
    "slow heads": ("-H", "-i", "1"),
    "slow bodies": ("-B", "-i", "1", "-s", "8192"),
    "slow readers": ("-X", "-n", "1", "-z", "32", "-w", "512", "-y", "1024"),
}
DRIPS = {
    "smtp commands, a byte a second": ("smtp", b"", b"NOOP " + b"y" * 400),
    "tls handshakes, a byte a second": ("tls", b"", b"\x16\x03\x01\x02\x00" + b"\1" * 400),
}


def run(bench: Bench) -> Section:
    """One attack after another, on each server that speaks the protocol."""
    slowhttptest = need("slowhttptest", "slowhttptest")
    trust = certificate(bench)
    web, ports = sides(bench, trust)
    seconds = bench.scale(10, 4)
    rows, worst = [], []
    for name, flags in MODES.items():
        for side, port in ((OURS, ports["http"]), (NGINX, web)):
            bench.tell(f"{name}: {side}")
            alone = waits(partial(by_http, port), seconds / 4)
            with by_slowhttptest(bench, slowhttptest, flags, port, seconds) as held:
                under = waits(partial(by_http, port), seconds)
            rows.append(row(name, side, alone, under, held[-1]))
            worst += [at(under, 0.99)] if side == OURS else []
    sluggard = bench.worker("sluggard", CLIENT)
    asks = {"smtp": partial(by_smtp, ports["smtp"]), "tls": partial(by_tls, ports["tls"], trust)}
    for name, (scheme, first, drip) in DRIPS.items():
        bench.tell(name)
        alone = waits(asks[scheme], seconds / 4)
        sluggard.begin(port=ports[scheme], count=COUNT, first=first.hex(), drip=drip.hex(), seconds=seconds)
        time.sleep(1.0)
        under = waits(asks[scheme], seconds - 1.5)
        rows.append(row(name, OURS, alone, under, int(sluggard.hear()["held"])))
        worst.append(at(under, 0.99))
    return Section(
        name="slow",
        title="others, while some are slow on purpose",
        what=f"{COUNT} clients do their worst for {seconds:g} s; meanwhile one more comes again and again, each time "
        "with a new connection: a request over HTTP, a greeting and EHLO over SMTP, a handshake over TLS. The server "
        "has one core, the clients share the other. That each slow client is let go by its deadline is shown in the "
        "tests, on a virtual clock.",
        grids=[
            Grid(("attack", "server", "alone: p50, p99, ms", "under attack: p50, p99, ms", "held at the end"), rows)
        ],
        aims=[Aim("p99 of the others' waits, ms, in the worst attack", AIM, Spread.of([max(worst)]), at_most=True)],
        checked="the others get their whole answer every time; slowhttptest and the dripping clients tell how many of "
        "their connections the server held.",
        commands=[
            *(" ".join(command("slowhttptest", flags, 0, seconds)) for flags in MODES.values()),
            f"taskset -c {CLIENT} python -m benchmarks.workers.sluggard",
        ],
        limits="the one core that slow and quick clients share on their side; a server's turn through the event loop.",
        versions=[version([slowhttptest, "-h"]), version(["nginx", "-v"])],
    )


def row(name: str, side: str, alone: list[float], under: list[float], held: int) -> tuple[str, ...]:
    shown = [f"{figure(at(found, 0.5))}, {figure(at(found, 0.99))}" for found in (alone, under)]
    return (name, side, *shown, str(held))


# Sides


def sides(bench: Bench, trust: Certificate) -> tuple[int, dict[str, int]]:
    """nginx's port, and ours."""
    found = nginx(bench, SERVER)
    (bench.folder / "www" / "large").write_bytes(b"x" * LARGE)
    limits = f"limit_per_peer={2 * COUNT}"
    asked = {
        "http": (f"http://127.0.0.1:0#{limits}", f"files:{bench.folder / 'www'}"),
        "smtp": (f"smtp://127.0.0.1:0#{limits}",),
        "tls": (f"tls://127.0.0.1:0#cert={trust.chain},key={trust.key},{limits}",),
    }
    return found.port, {name: int(bench.worker("server", SERVER, *how).hear()["port"]) for name, how in asked.items()}


@contextlib.contextmanager
def by_slowhttptest(
    bench: Bench, program: str, flags: tuple[str, ...], port: int, seconds: float
) -> Iterator[list[int]]:
    """While inside, it attacks; afterwards the list's end is how many connections it held last."""
    held = [0]
    log = bench.folder / "slowhttptest.log"
    with log.open("wb") as out:
        attack = Program(command(program, flags, port, seconds)[3:], CLIENT, output=out)
        try:
            time.sleep(1.0)
            yield held
            with contextlib.suppress(subprocess.TimeoutExpired):
                attack.process.wait(seconds)
        finally:
            attack.close()
    said = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(errors="replace"))
    held += [int(found) for found in re.findall(r"connected:\s*(\d+)", said)]


def command(program: str, flags: tuple[str, ...], port: int, seconds: float) -> list[str]:
    place = f"http://127.0.0.1:{port or 'PORT'}/" + ("large" if "-X" in flags else "")
    rest = ("-c", str(COUNT), "-r", str(COUNT), "-l", f"{seconds + 1:.0f}", "-p", "3", "-u", place)
    return ["taskset", "-c", str(CLIENT), program, *flags, *rest]


# Measure


def waits(ask: Callable[[], None], seconds: float) -> list[float]:
    """Milliseconds of each visit, in order of length."""
    found = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        ask()
        found.append((time.perf_counter() - began) * 1e3)
    return sorted(found)


def at(found: list[float], share: float) -> float:
    """The value below which this share of all is."""
    return found[min(len(found) - 1, int(len(found) * share))]


def by_http(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/index.html")
    answer = connection.getresponse()
    if answer.status != 200 or b"netloom" not in answer.read():
        raise AssertionError(f"{answer.status} {answer.reason}")
    connection.close()


def by_smtp(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=30) as connection:
        if connection.ehlo()[0] != 250:
            raise AssertionError("no EHLO")


def by_tls(port: int, trust: Certificate) -> None:
    context = ssl.create_default_context(cafile=str(trust.ca))
    with (
        socket.create_connection(("127.0.0.1", port), 30) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        if secured.version() != "TLSv1.3":
            raise AssertionError(secured.version())
