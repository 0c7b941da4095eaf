"""Probes per CPU second beside prometheus-blackbox-exporter: TCP, HTTP, HTTPS, DNS, a fresh connection each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from benchmarks.counterparts import QNAME, blackbox, certificate, knot, nginx
from benchmarks.measure import Sample, Side, Spread, alternate, ratios
from benchmarks.programs import CLIENT, SERVER, Program, Worker, version
from benchmarks.report import Aim, Grid, Section, spread

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bench import Bench

# What


@dataclass(frozen=True)
class Case:
    """One protocol: what each side is told to probe, how often a slice, the aim, and what both records must say.

    `port` is the server's, for the bare protocol that shows the floor; None: there is none.
    """

    name: str
    ours: str
    theirs: str
    counts: tuple[int, int]
    aim: float
    said: tuple[str, str]
    port: int | None = None


CONCURRENCY = 50
OURS, THEIRS, FLOOR = "**netloom**", "blackbox_exporter", "bare uvloop protocol"


def cases(bench: Bench) -> tuple[list[Case], Path]:
    """The targets, on servers that are the same for all sides; and the issuer's file."""
    trust = certificate(bench)
    port = bench.worker("acceptor", SERVER).hear()["port"]
    web = nginx(bench, SERVER, tls=trust)
    _, dns = knot(bench, SERVER)
    status, version = "probe_http_status_code 200", 'probe_tls_version_info{version="TLS 1.3"} 1'
    tcp, ask = f"127.0.0.1:{port}", f"dns://127.0.0.1:{dns}/{QNAME}?type=A"
    return [
        Case("tcp", f"tcp://{tcp}", tcp, (10000, 2500), 8, ("accepts", "probe_duration"), port),
        Case("http", web.http, web.http, (6000, 2000), 10, ("'status': 200", status), web.port),
        Case("https", f"{web.https}#ca={trust.ca}", web.https, (1500, 1000), 2, ("TLS 1.3", version)),
        Case("dns", ask, f"127.0.0.1:{dns}", (8000, 2500), 14, ("192.0.2.80", "probe_dns_answer_rrs 1"), dns),
    ], trust.ca


# Sides


def run(bench: Bench) -> Section:
    """Measure every protocol."""
    chosen, ca = cases(bench)
    exporter, port = blackbox(bench, CLIENT, ca)
    prober, floor = bench.worker("prober", CLIENT), bench.worker("floor", CLIENT)
    scraper = bench.worker("scraper", SERVER, str(port))
    rows, aims = [], []
    for case in chosen:
        check(bench, case, prober, scraper)
        sides = [
            Side(OURS, partial(ours, case, prober, bench.count(case.counts[0]))),
            Side(THEIRS, partial(theirs, case, scraper, exporter, bench.count(case.counts[1]))),
        ]
        if case.port is not None:
            sides.append(Side(FLOOR, partial(bare, case, floor, bench.count(case.counts[0]))))
        found = alternate(sides, bench.rounds, partial(tell, bench, case))
        rows += [row(case, side.name, found[side.name], found[THEIRS]) for side in sides]
        over = ratios(found[OURS], found[THEIRS], lambda s: s.thrift)
        aims.append(Aim(f"{case.name}: probes per CPU second, over blackbox_exporter's", case.aim, over))
    return Section(
        name="probes",
        title="probes per CPU second",
        what=f"A fresh connection for each probe, {CONCURRENCY} at once, every probe with its whole record: phases, "
        "addresses, facts, for HTTPS the verified chain. blackbox_exporter is asked through its HTTP API over "
        "connections that are kept, by a process on the servers' core; only its own CPU time counts, as ours "
        "alone does "
        "(the operation `probe` on uvloop, in one process). The bare protocol connects, asks and goes, without stream, "
        "record or deadline: what is left to gain.",
        grids=[Grid(("side", "probes per CPU second, ratio", "CPU, µs a probe", "probes/s"), rows)],
        aims=aims,
        checked="every probe of both sides succeeds; status 200, TLS 1.3 with a verified address and chain, and "
        "the DNS "
        "answer stand in the records.",
        commands=[
            prober.shown,
            *(f"  {{'target': '{case.ours}', 'count': {case.counts[0]}}}" for case in chosen),
            exporter.shown,
            scraper.shown,
            floor.shown,
        ],
        limits="the kernel's connect and close and uvloop's transport, which the bare protocol has as well, "
        "then Python: "
        "phases, deadline, record; for HTTPS, OpenSSL. Pinned to one core the exporter is thriftier than on two, as "
        "its threads don't wake one another. Its figure includes answering its API, which is the only way to have it "
        "probe.",
        versions=[
            version(["prometheus-blackbox-exporter", "--version"]),
            version(["nginx", "-v"]),
            version(["knotd", "--version"]),
        ],
    )


def row(case: Case, name: str, samples: list[Sample], base: list[Sample]) -> tuple[str, ...]:
    """One side's cells."""
    over = "1" if samples is base else spread(ratios(samples, base, lambda s: s.thrift))
    cpu, rate = Spread.of(s.cpu / s.work * 1e6 for s in samples), Spread.of(s.rate for s in samples)
    return f"{case.name}: {name}", over, spread(cpu), spread(rate)


def tell(bench: Bench, case: Case, text: str) -> None:
    bench.tell(f"{case.name}, {text}")


# Check


def check(bench: Bench, case: Case, prober: Worker, scraper: Worker) -> None:
    """Both probe the same thing and learn the same."""
    bench.tell(f"{case.name}: do both get the same answer?")
    one = prober.ask(target=case.ours, count=200, concurrency=CONCURRENCY)
    other = scraper.ask(module=case.name, target=quote(case.theirs, safe=""), count=200, concurrency=CONCURRENCY)
    if one["good"] != 200 or case.said[0] not in one["last"]:
        raise AssertionError(f"netloom, {case.name}: {one}")
    if other["good"] != 200 or case.said[1] not in other["last"]:
        raise AssertionError(f"blackbox_exporter, {case.name}: {other}")


# Measure


def ours(case: Case, prober: Worker, count: int) -> Sample:
    """A slice of ours."""
    answer = prober.ask(target=case.ours, count=count, concurrency=CONCURRENCY)
    if answer["good"] != count:
        raise AssertionError(f"netloom, {case.name}: {answer}")
    return Sample(count, answer["wall"], answer["cpu"])


def theirs(case: Case, scraper: Worker, exporter: Program, count: int) -> Sample:
    """A slice of theirs: the exporter's CPU time, not that of whoever asks it."""
    before = exporter.cpu()
    answer = scraper.ask(module=case.name, target=quote(case.theirs, safe=""), count=count, concurrency=CONCURRENCY)
    if answer["good"] != count:
        raise AssertionError(f"blackbox_exporter, {case.name}: {answer}")
    return Sample(count, answer["wall"], exporter.cpu() - before)


def bare(case: Case, floor: Worker, count: int) -> Sample:
    """A slice of the floor."""
    answer = floor.ask(kind=case.name, port=case.port, count=count, concurrency=CONCURRENCY)
    if answer["good"] != count:
        raise AssertionError(f"bare, {case.name}: {answer}")
    return Sample(count, answer["wall"], answer["cpu"])
