"""Probe: is it there, does it answer rightly, and how long did each phase take?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom import expectations
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.options import Seconds
from netloom.records import ProbeRecord
from netloom.registry import facts, load, settle
from netloom.requests import Talk
from netloom.shapes import Operation
from netloom.sweep import sweep
from netloom.targets import expand
from netloom.toolbox import Toolbox, fields_of

if TYPE_CHECKING:
    from netloom.records import TLS


class Request(Talk, frozen=True, kw_only=True):
    """What to probe, and what to expect of it."""

    targets: Annotated[list[Endpoint], Meta(description="endpoints to probe", extra={"metavar": "ENDPOINT"})] = (
        msgspec.field(default_factory=list)
    )
    file: Annotated[
        str,
        Meta(
            description="read targets from a file, one a line (- is standard input)",
            extra={"short": "-f", "metavar": "FILE"},
        ),
    ] = ""
    expect: Annotated[
        list[str],
        Meta(description="FIELD OP VALUE, e.g. 'facts.status == 200'", extra={"short": "-e", "metavar": "EXPECTATION"}),
    ] = msgspec.field(default_factory=list)
    concurrency: Annotated[int, Meta(ge=1, le=10000, description="probes at once")] = 50
    rate: Annotated[float, Meta(ge=0, description="probes begun a second (0: as fast as it goes)")] = 0.0
    watch: Annotated[
        Seconds,
        Meta(description="probe again every so many seconds until stopped (0: once)", extra={"metavar": "SECONDS"}),
    ] = 0.0
    count: Annotated[int, Meta(ge=0, description="with --watch: stop after so many rounds (0: never)")] = 0


async def run(request: Request, toolbox: Toolbox) -> None:
    """Probe every target, in rounds where it watches."""
    wanted = [expectations.parse(text) for text in request.expect]
    rounds = 0
    while True:
        targets = [request.aim(target) for target in await expand(request.targets, request.file)]
        for target in targets:
            toolbox.check(target)
            load(settle(target)[0], "probe")
        expectations.settle(wanted, [facts(settle(target)[0]) for target in targets])
        began = toolbox.now()

        async def one(target: Endpoint) -> None:
            await toolbox.emit(await probe_once(target, request, wanted, toolbox))

        await sweep(targets, one, toolbox, concurrency=request.concurrency, rate=request.rate)
        rounds += 1
        if not request.watch or rounds == request.count:
            return
        await toolbox.sleep(max(0.0, request.watch - (toolbox.now() - began)))


async def probe_once(
    target: Endpoint, request: Request, wanted: list[expectations.Expectation], toolbox: Toolbox
) -> ProbeRecord:
    """One probe of one endpoint."""
    attempt = toolbox.attempt(target, request.deadline, request.record)
    draft = facts(attempt.declared)()
    async with attempt:
        await load(attempt.declared, "probe")(attempt.client, draft)
    outcome = attempt.outcome()
    record = ProbeRecord(**outcome, summary=_with_tls(draft.summary, outcome["tls"]), facts=fields_of(draft))
    if not wanted or record.status is not Status.SUCCESS:
        return record
    problems = [problem for expectation in wanted if (problem := expectation.check(record))]
    if not problems:
        return record
    return msgspec.structs.replace(record, status=Status.EXPECTATION_FAILED, message="; ".join(problems))


def _with_tls(summary: str, tls: TLS | None) -> str:
    """What a specialist wants to know of TLS as well, where the protocol's own summary doesn't say it."""
    if tls is None or not summary or "certificate" in summary:
        return summary
    more = [tls.version] if "tls" not in summary.lower() else []
    if not tls.verified:
        more.append("certificate not verified")
    elif tls.expires_in is not None:
        more.append(f"certificate {tls.expires_in / 86400:.0f} days")
    return " · ".join([summary, *more])


OPERATION = Operation(
    name="probe",
    group="look",
    summary="is it there, does it answer rightly, and how long did each phase take?",
    example="netloom probe https://example.com smtp://mail.example.com",
    request=Request,
    record=ProbeRecord,
    run=run,
)
