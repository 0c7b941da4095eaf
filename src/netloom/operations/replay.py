"""Replay: play the server's or the client's side of a recording to whoever takes the other."""

from __future__ import annotations

import asyncio
import functools
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.backlog import Backlog
from netloom.endpoint import Endpoint
from netloom.errors import ExpectationFailed, Phase, Status, UsageError
from netloom.links.played import about, departed
from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.casting import carried, choose
from netloom.packet.tape.collecting import LIMIT
from netloom.packet.tape.record import PlayedRecord
from netloom.packet.tape.script import Match
from netloom.packet.tape.shelf import Shelf
from netloom.packet.tape.track import SECURE
from netloom.records import ServingRecord
from netloom.registry import settle
from netloom.requests import Talk
from netloom.serving import Serving
from netloom.shapes import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netloom.links.play_client import Order
    from netloom.links.play_server import Visit
    from netloom.links.played import Played
    from netloom.packet.tape.script import Script
    from netloom.packet.tape.track import Tape
    from netloom.toolbox import Toolbox


class Request(Talk, frozen=True, kw_only=True):
    """Which recording, which side of it, where, and how exactly."""

    files: Annotated[
        list[str],
        Meta(
            min_length=1,
            description="recordings: captures of any origin, taken as one",
            extra={"metavar": "FILE", "positional": True},
        ),
    ]
    serve: Annotated[list[str], Meta(description="play the server's side there", extra={"metavar": "ENDPOINT"})] = (
        msgspec.field(default_factory=list)
    )
    call: Annotated[
        list[str], Meta(description="play the client's side to a server", extra={"metavar": "ENDPOINT"})
    ] = msgspec.field(default_factory=list)
    match: Annotated[
        Match,
        Meta(description="how what the peer says is compared: by octets, by what its protocol finds the same, or not"),
    ] = "loose"
    stream: Annotated[
        list[Annotated[int, Meta(ge=0)]],
        Meta(description="only this conversation, by its number in netloom follow", extra={"metavar": "NUMBER"}),
    ] = msgspec.field(default_factory=list)
    repeat: Annotated[bool, Meta(description="serve all again once all have been played")] = False
    timing: Annotated[bool, Meta(description="keep the recorded pauses, instead of going as fast as the peer")] = False
    deadline: Annotated[
        float,
        Meta(
            gt=0,
            le=31_622_400,
            description="called: seconds for each conversation",
            extra={"metavar": "SECONDS"},
        ),
    ] = 10.0
    limit: Annotated[
        int, Meta(ge=1, description="bytes of the recording that are kept in memory", extra={"metavar": "BYTES"})
    ] = LIMIT
    key_log: Annotated[
        str,
        Meta(
            description="TLS secrets (SSLKEYLOGFILE), beside those in the recording; needs tshark",
            extra={"metavar": "FILE"},
        ),
    ] = ""


async def run(request: Request, toolbox: Toolbox) -> None:
    """Play the server's side until all has been played, or the client's; a record for each conversation."""
    if bool(request.serve) == bool(request.call):
        raise UsageError("one side of the recording is played", hint="--serve ENDPOINT or --call ENDPOINT")
    if request.repeat and request.call:
        raise UsageError("only what is served can be played again and again", hint="--serve ENDPOINT --repeat")
    targets = [request.aim(Endpoint.parse(place)) for place in request.serve or request.call]
    for target in targets:
        carried(target)
        toolbox.check(target)
    tape = await _read(request, toolbox)
    own = SERVER if request.serve else CLIENT
    casts = [_cast(request, toolbox, tape, target, own) for target in targets]
    if request.serve:
        await _serve(request, toolbox, targets, casts)
        return
    for target, scripts in zip(targets, casts, strict=True):
        await _call(request, toolbox, target, scripts)


async def _read(request: Request, toolbox: Toolbox) -> Tape:
    from netloom.packet.streams.key_log import read_key_log
    from netloom.packet.tape.reading import read_tape

    tape = await read_tape(
        request.files,
        limit=request.limit,
        key_log=read_key_log(request.key_log),
        progress=lambda done, whole: toolbox.progress("bytes", done, whole or None),
    )
    for note in tape.notes:
        toolbox.tell(note)
    return tape


def _cast(request: Request, toolbox: Toolbox, tape: Tape, target: Endpoint, own: str) -> list[Script]:
    """The scripts for an endpoint; what can't be played as a whole is told."""
    chosen = choose(tape, target, own, request.match, set(request.stream))
    for note in chosen.notes:
        toolbox.tell(note)
    return chosen.scripts


# The server's side


async def _serve(
    request: Request, toolbox: Toolbox, targets: Sequence[Endpoint], casts: Sequence[Sequence[Script]]
) -> None:
    visits: Backlog[tuple[_Stage, Visit]] = Backlog()
    stages = [_Stage(request, target, scripts, visits) for target, scripts in zip(targets, casts, strict=True)]

    async def tell(visited: tuple[_Stage, Visit]) -> None:
        stage, visit = visited
        for told in stage.visited(visit):
            await toolbox.emit(told)

    async with visits.emptied(tell), AsyncExitStack() as stack:
        for stage in stages:
            for record in await stage.open(toolbox, stack):
                await toolbox.emit(record)
        while not all(stage.done for stage in stages) or not visits.empty():
            await tell(await visits.get())


class _Stage:
    """One endpoint where a tape is served."""

    def __init__(
        self,
        request: Request,
        target: Endpoint,
        scripts: Sequence[Script],
        visits: Backlog[tuple[_Stage, Visit]],
    ) -> None:
        from netloom.links.play_server import TapeServer

        self._request = request
        self._target = target
        self._scripts = scripts
        streams = Shelf([one for one in scripts if one.track.transport == "tcp"], repeat=request.repeat)
        datagrams = Shelf([one for one in scripts if one.track.transport == "udp"], repeat=request.repeat)
        count, files = len(scripts), ", ".join(Path(file).name for file in request.files)
        self._server = TapeServer(
            streams,
            datagrams,
            lambda visit: visits.report((self, visit)),
            timing=request.timing,
            name=f"{count} conversation{'s' if count > 1 else ''} of {files}",
            upgrades=any(step.act == SECURE for script in scripts for step in script.track.steps),
        )
        self._shown = str(target)

    @property
    def done(self) -> bool:
        """Whether everything has been played."""
        return self._server.done

    async def open(self, toolbox: Toolbox, stack: AsyncExitStack) -> list[ServingRecord]:
        """Listen, until the stack is left; gives where, and how a client knows it."""
        spoken = _alpn(self._scripts)
        told = any(name == "alpn" for name, _ in self._target.all_options)
        target = self._target.with_options([("alpn", ";".join(spoken))] if spoken and not told else [])
        recording = toolbox.recording(self._request.record) if self._request.record else None
        serving = Serving([target], [self._server], network=toolbox.network, recording=recording)
        await stack.enter_async_context(serving)
        self._shown = serving.records[0].endpoint
        return serving.records

    def visited(self, visit: Visit) -> Iterator[PlayedRecord]:
        """What became of a peer, and of the connections beside its first."""
        error, played = visit.error, visit.played
        if played is None and error is None:
            nothing = "nothing of the recording was left to be played"
            error = ExpectationFailed(nothing, hint="--repeat plays it again")
        for each in [played, *played.beside] if played is not None else [None]:
            failed = departed(each) if each is not None and each.departure is not None else error
            yield PlayedRecord(
                endpoint=self._shown,
                protocol=settle(self._target)[0].name,
                status=failed.status if failed is not None else Status.SUCCESS,
                phase=Phase.TRANSFER if failed is not None else None,
                message=failed.message if failed is not None else "",
                hint=failed.hint if failed is not None else "",
                started_at=visit.started,
                duration=visit.duration,
                phases={},
                address=visit.peer,
                **(about(each) if each is not None else {}),
            )


def _alpn(scripts: Sequence[Script]) -> tuple[str, ...]:
    """The protocols that were spoken inside TLS, where their names depend on it: in the order of the recording."""
    found = []
    for script in scripts:
        if script.knowledge.part is not None:
            first = next((step.data for step in script.track.steps if step.sender == CLIENT), b"")
            found.append(script.knowledge.part().alpn(first))
    return tuple(dict.fromkeys(name for name in found if name))


# The client's side


async def _call(request: Request, toolbox: Toolbox, target: Endpoint, scripts: Sequence[Script]) -> None:
    """All conversations, each begun when those before it have come as far as they had."""
    from netloom.links.play_client import Order

    order = Order([script.track for script in scripts])
    async with asyncio.TaskGroup() as group:
        for script in scripts:
            group.create_task(_one_call(request, toolbox, target, script, order))


async def _one_call(request: Request, toolbox: Toolbox, target: Endpoint, script: Script, order: Order) -> None:
    from netloom.links.play import StreamPlayer
    from netloom.links.play_beside import Dialled
    from netloom.links.play_client import DatagramAsker

    await order.turn(script.track)
    played: Played | None = None
    attempt = toolbox.attempt(target, request.deadline, request.record)
    dial, moved = attempt.dial, functools.partial(order.reach, script.track)
    try:
        async with attempt:
            player: StreamPlayer | DatagramAsker
            if script.track.transport == "udp":
                player = DatagramAsker(await dial.datagrams(), script, timing=request.timing)
            else:
                link = await dial.stream(plain=True)
                if carried(target) == "tls":
                    await dial.secure(link, alpn=_alpn([script]))
                player = StreamPlayer(link, script, Dialled(dial, link), timing=request.timing, moved=moved)
            attempt.trace.enter(Phase.TRANSFER)
            played = await player.play()
            failed = next((one for one in (played, *played.beside) if one.departure is not None), None)
            if failed is not None:
                raise departed(failed)
    finally:
        order.reach(script.track, None)
    told = about(failed or played) if played is not None else {"conversation": script.track.number}
    await toolbox.emit(PlayedRecord(**attempt.outcome(), **told))


OPERATION = Operation(
    name="replay",
    group="serve",
    summary="play the server's or the client's side of a recording",
    example="netloom replay recording.pcapng --serve http://127.0.0.1:8080",
    request=Request,
    record=PlayedRecord | ServingRecord,
    run=run,
)
