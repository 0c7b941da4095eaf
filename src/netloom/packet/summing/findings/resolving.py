"""Names that couldn't be resolved: those that don't exist, servers that fail or don't answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from netloom.packet.summing.findings import BAD, WARNING
from netloom.packet.summing.words import finding, many, percent, place, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.summing.dns import Server
    from netloom.packet.summing.evidence import Evidence
    from netloom.packet.summing.record import Finding

FORMERR, SERVFAIL, NXDOMAIN, REFUSED = 1, 2, 3, 5
MISSING_LEAST, MISSING_SHARE = 10, 0.3
"""Names that don't exist: search lists and misprints make some; a third of all is a broken setting, or malware."""
FAILED_LEAST, FAILED_SHARE = 3, 0.05
"""Answers by which a server says that it can't: each costs somebody a name."""
SILENT_LEAST, SILENT_SHARE = 3, 0.05
"""Questions without an answer: each costs seconds."""
SLOW_LEAST, SLOW = 20, 500_000_000
"""Answers, of which a tenth takes longer than so many nanoseconds: whatever begins with a name waits for them."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """By server."""
    resolving = evidence.closer.resolving
    for where, server in resolving.servers.by(lambda found: found.asked):
        yield from _of(place(where), server)
    if resolving.took.count >= SLOW_LEAST and resolving.took.quantile(0.9) > SLOW:
        span = next(server.span for _, server in resolving.servers.items())
        yield finding(
            "dns-slow",
            WARNING,
            f"a tenth of DNS's answers took longer than {seconds(resolving.took.quantile(0.9))}",
            span,
            filter="udp port 53",
            p90=resolving.took.quantile(0.9) / 1e9,
        )


def _of(where: str, server: Server) -> Iterator[Finding]:
    shows = f"host {where} and udp port 53"
    fails = f"src host {where} and udp src port 53 and udp[11] & 15 = "
    missing, failed = server.failures(NXDOMAIN), server.failures(SERVFAIL) + server.failures(REFUSED)
    for kind, severity, count, least, share, words, which in (
        ("dns-missing", WARNING, missing, MISSING_LEAST, MISSING_SHARE, "names don't exist", f"{fails}{NXDOMAIN}"),
        ("dns-failures", BAD, failed, FAILED_LEAST, FAILED_SHARE, "questions failed", f"{fails}{SERVFAIL}"),
    ):
        if count >= least and count >= share * server.answers:
            names = [name for name, _ in server.names.most(3) if name]
            most = f"; most often {', '.join(names)}" if names else ""
            found = finding(
                kind,
                severity,
                f"{where}: {count:,} {words}, {percent(count / max(server.answers, 1))} of its answers{most}",
                server.span,
                who=(where,),
                filter=which,
                share=count / max(server.answers, 1),
            )
            yield _counted(found, count)
    silent = server.unanswered
    if silent >= SILENT_LEAST and silent >= SILENT_SHARE * server.asked:
        found = finding(
            "dns-silent",
            BAD,
            f"{where} didn't answer {many(silent, 'question')} of DNS, {percent(silent / server.asked)} of all it got",
            server.span,
            who=(where,),
            filter=shows,
            share=silent / server.asked,
        )
        yield _counted(found, silent)


def _counted(found: Finding, count: int) -> Finding:
    """With its own number: the server's span counts everything."""
    return replace(found, count=count)
