"""Demo: every protocol's server on loopback, talked to, probed, and three of them broken on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from msgspec import Meta

from netloom.accounts import Accounts
from netloom.endpoint import Endpoint, Secret
from netloom.errors import CapabilityError, ExpectationFailed, Status
from netloom.links.authority import Authority
from netloom.records import Cell, EntryRecord, Note, Outcome, ProbeRecord, Record, ReplyRecord, ServingRecord, Step
from netloom.registry import protocol, protocols
from netloom.serving import Serving
from netloom.shapes import Operation, Protocol, Sample

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.errors import NetloomError
    from netloom.toolbox import Toolbox

R = TypeVar("R", ProbeRecord, ReplyRecord)

USER, PASSWORD = "demo", "loom"
_PARTS = {
    "Servers": "one for every protocol and scheme, on ports that are free",
    "Talk": "the same six verbs, each where it makes sense",
    "Probe": "is it there, does it answer rightly, and where did the time go?",
    "Broken on purpose": "where it ended, what was said, what to try",
    "The matrix": "what meets what; every cell is run by the tests",
}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """How much to show."""

    protocol: Annotated[
        list[str], Meta(description="show only these protocols", extra={"short": "-p", "metavar": "PROTOCOL"})
    ] = []


async def run(request: Request, toolbox: Toolbox) -> None:
    """Start, talk, probe, break, and print the matrix."""
    chosen = [protocol(name) for name in request.protocol] or list(protocols())
    with tempfile.TemporaryDirectory(prefix="loom") as folder:
        authority, trust = _authority(folder)
        targets = [Endpoint.parse(_place(scheme, folder)) for declared in chosen for scheme in declared.schemes]
        accounts = Accounts.from_texts([f"{USER}:{PASSWORD}"])
        serving = Serving(targets, accounts=accounts, network=toolbox.network, authority=authority)
        async with _served(serving) as lacking:
            await _begin("Servers", toolbox)
            for record in serving.records:
                # Who may log in, and how they are known, is the same for all of them.
                await toolbox.emit(msgspec.structs.replace(record, accounts=[], trust={}, note=""))
            for scheme, error in lacking.items():
                await toolbox.emit(Note(title=f"{scheme}:// is left out", text=f"{error.message}: {error.hint}"))
            first = {scheme: known(serving, place, trust) for scheme, place in _first_of_each(serving).items()}
            chosen = [declared for declared in chosen if next(iter(declared.schemes)) in first]
            surprises = await _talk(chosen, first, toolbox)
            surprises += await _probe(chosen, first, toolbox)
    surprises += await _break(toolbox)
    await _begin("The matrix", toolbox)
    async for cell in toolbox.call("matrix"):
        await toolbox.emit(cell)
    if surprises:
        raise ExpectationFailed(f"the demo went otherwise than planned: {'; '.join(surprises)}")


@contextlib.asynccontextmanager
async def _served(serving: Serving) -> AsyncIterator[dict[str, CapabilityError]]:
    """While inside it serves, but for the schemes that this process lacks a privilege for."""
    lacking: dict[str, CapabilityError] = {}

    def failed(endpoint: Endpoint, error: NetloomError) -> None:
        if not isinstance(error, CapabilityError):
            raise error
        lacking[endpoint.scheme] = error

    await serving.start(failed=failed)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_exit(serving.__aexit__)
        yield lacking


def _authority(folder: str) -> tuple[Authority, Path]:
    """One of the demo's own, and the file with which its certificates are trusted."""
    authority, trust = Authority.create(), Path(folder, "authority.pem")
    trust.write_bytes(authority.certificate_pem)
    return authority, trust


async def _begin(part: str, toolbox: Toolbox) -> None:
    await toolbox.emit(Note(title=part, text=_PARTS[part]))


def _place(scheme: str, folder: str) -> str:
    return f"unix://{folder}/unix" if scheme == "unix" else f"{scheme}://127.0.0.1:0"


def _first_of_each(serving: Serving) -> dict[str, Endpoint]:
    found: dict[str, Endpoint] = {}
    for endpoint in serving.endpoints:
        found.setdefault(endpoint.scheme, endpoint)
    return found


def known(serving: Serving, endpoint: Endpoint, authority: Path) -> Endpoint:
    """The endpoint with the demo's account, and with what is needed to know the server for what it is."""
    record = next(record for record in serving.records if record.endpoint == str(endpoint))
    return endpoint.replace(user=USER, password=Secret(PASSWORD)).with_options(
        [("ca", str(authority)), *record.trust.items()]
    )


def _surprise(record: Outcome, planned: Status = Status.SUCCESS) -> list[str]:
    """What didn't go as planned, in words; nothing as a rule."""
    return [] if record.status is planned else [f"{record.endpoint}: {record.status} instead of {planned}"]


async def _talk(chosen: list[Protocol], first: dict[str, Endpoint], toolbox: Toolbox) -> list[str]:
    await _begin("Talk", toolbox)
    surprises = []
    for declared in chosen:
        scheme = next(iter(declared.schemes))
        for sample in declared.samples:
            records = [record async for record in try_sample(sample, first[scheme], toolbox)]
            step = _step(declared, sample, records)
            surprises += _surprise(step.reply)
            await toolbox.emit(step)
    return surprises


def _step(declared: Protocol, sample: Sample, records: list[Record]) -> Step:
    """What came of a verb, as one record: the entries of a listing are its value."""
    last = records[-1]
    if isinstance(last, EntryRecord):
        fields = {name: getattr(last, name) for name in last.__struct_fields__ if name != "entry"}
        names = [record.entry.name for record in records if isinstance(record, EntryRecord) and record.entry]
        last = ReplyRecord(**fields, value=names)
    if not isinstance(last, ReplyRecord):
        raise TypeError(f"{sample.verb} ended with a {type(last).__name__}")
    return Step(protocol=declared.name, verb=sample.verb, reply=_calm(last))


def _calm(record: R) -> R:
    """The record without the user's name, who is the same everywhere."""
    return msgspec.structs.replace(record, endpoint=record.endpoint.replace(f"{USER}@", "", 1))


async def try_sample(sample: Sample, endpoint: Endpoint, toolbox: Toolbox) -> AsyncIterator[Record]:
    """One verb on one endpoint, as the declaration proposes it."""
    target = at(sample, endpoint)
    fields: dict[str, object] = {"target": target}
    with contextlib.ExitStack() as stack:
        if sample.verb in ("get", "list"):
            fields = {"targets": [target]}
        elif sample.verb == "put":
            file = stack.enter_context(tempfile.NamedTemporaryFile(suffix=".txt"))
            file.write(sample.text.encode())
            file.flush()
            fields["source"] = file.name
        elif sample.verb == "send":
            fields["message"] = sample.text
        elif sample.verb == "run":
            fields["command"] = sample.text
        async for record in toolbox.call(sample.verb, **fields):
            yield record


def at(sample: Sample, endpoint: Endpoint) -> Endpoint:
    """The place on a server that a sample names."""
    root = "unix:///x" if endpoint.scheme == "unix" else f"{endpoint.scheme}://x"
    extra = Endpoint.parse(f"{root}{sample.place}")
    return endpoint.replace(path=extra.path, query=extra.query, options=extra.options)


async def _probe(chosen: list[Protocol], first: dict[str, Endpoint], toolbox: Toolbox) -> list[str]:
    """Each protocol as it is, and over TLS where it can; one after the other, so that they don't time each other."""
    await _begin("Probe", toolbox)
    targets = []
    for declared in chosen:
        place = next((sample for sample in declared.samples if sample.verb == "get"), Sample(verb="get"))
        secure = [name for name, scheme in declared.schemes.items() if scheme.over in ("tls", "https")]
        schemes = dict.fromkeys([next(iter(declared.schemes)), *secure[:1]])
        targets += [at(place, first[scheme]).replace(query="") for scheme in schemes]
    surprises = []
    async for record in toolbox.call("probe", targets=targets, concurrency=1):
        if isinstance(record, ProbeRecord):
            surprises += _surprise(record)
            await toolbox.emit(_calm(record))
    return surprises


async def _break(toolbox: Toolbox) -> list[str]:
    """Three servers that fail on purpose: an expired certificate, one that says nothing, one that isn't there."""
    await _begin("Broken on purpose", toolbox)
    with tempfile.TemporaryDirectory(prefix="loom") as folder:
        authority, trust = _authority(folder)
        expired = Endpoint.parse("tls://127.0.0.1:0#fault=certificate:expired")
        silent = Endpoint.parse("tcp://127.0.0.1:0#fault=stall")
        async with Serving([expired, silent], network=toolbox.network, authority=authority) as serving:
            broken = _first_of_each(serving)
            closed = await _closed_port(toolbox)
            planned = {
                Endpoint.parse(f"tcp://127.0.0.1:{closed}"): Status.REFUSED,
                broken["tls"].with_options([("ca", str(trust))]): Status.TLS_ERROR,
                broken["tcp"].replace(scheme="smtp"): Status.TIMEOUT,
            }
            surprises = []
            ends = iter(planned.values())
            async for record in toolbox.call("probe", targets=list(planned), deadline=1.0, concurrency=1):
                if isinstance(record, ProbeRecord):
                    surprises += _surprise(record, next(ends))
                await toolbox.emit(record)
    return surprises


async def _closed_port(toolbox: Toolbox) -> int:
    """A port of loopback that nothing listens on: it was free a moment ago."""
    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], network=toolbox.network) as serving:
        port = serving.endpoint.port or 0
    await asyncio.sleep(0)
    return port


OPERATION = Operation(
    name="demo",
    group="look",
    summary="every protocol at work on this machine, in seconds",
    example="netloom demo",
    request=Request,
    record=Note | ServingRecord | Step | ProbeRecord | Cell,
    run=run,
    judges=False,
)
