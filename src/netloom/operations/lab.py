"""Lab: a whole described network at work, with servers, contents, accounts, relays and faults."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.backlog import Backlog
from netloom.errors import NetloomError
from netloom.labs.file import LabFile
from netloom.labs.lab import Lab, Stands
from netloom.records import AccessRecord, Note
from netloom.relaying.relay import Relayed
from netloom.requests import Recorded
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.records import Record
    from netloom.toolbox import Toolbox

LOOK = 0.5
"""Seconds between two looks at whether the file has changed."""


class Request(Recorded, frozen=True, kw_only=True):
    """Which lab."""

    file: Annotated[
        str, Meta(min_length=1, description="what the lab is, in TOML", extra={"metavar": "FILE", "positional": True})
    ]
    check: Annotated[bool, Meta(description="only say whether the file is right")] = False
    reload: Annotated[bool, Meta(description="change with the file while it runs")] = True


async def run(request: Request, toolbox: Toolbox) -> None:
    """Run it until stopped. Each server is announced when it listens, each thing that a peer did when it is done."""
    file = LabFile(request.file)
    if request.check:
        await toolbox.emit(Note(title=str(file.path), text=_counted(file)))
        return
    seen: Backlog[Record] = Backlog()

    recording = toolbox.recording(request.record) if request.record else None
    lab = Lab(toolbox.network, toolbox.emit, seen.report, recording)
    async with seen.emptied(toolbox.emit):
        try:
            await lab.start(file)
            async with asyncio.TaskGroup() as group:
                if request.reload:
                    group.create_task(_follow(file, lab, toolbox))
                while True:
                    await toolbox.emit(await seen.get())
        finally:
            await lab.stop()


async def _follow(file: LabFile, lab: Lab, toolbox: Toolbox) -> None:
    """Change the lab whenever its file does. What is wrong in it is told, and the lab stays as it is."""
    done = seen = file.stamp
    while True:
        await toolbox.sleep(LOOK)
        before, seen = seen, file.look()
        if seen in (done, None) or seen != before:  # only once whoever writes it has finished
            continue
        done = seen
        try:
            ended, begun = await lab.change(LabFile(str(file.path)))
        except NetloomError as exc:
            toolbox.tell(f"{exc.message}{f' ({exc.hint})' if exc.hint else ''}")
            continue
        gone = [name for name in ended if name not in begun]
        words = [f"begun: {', '.join(begun)}"] if begun else []
        words += [f"ended: {', '.join(gone)}"] if gone else []
        toolbox.tell(f"{file.path} has changed: {'; '.join(words) or 'nothing begins or ends'}")


def _counted(file: LabFile) -> str:
    town = file.town
    counts = {"server": len(town.servers), "relay": len(town.relays), "network": len(town.networks)}
    return ", ".join(f"{count} {what}{'s' * (count != 1)}" for what, count in counts.items() if count)


OPERATION = Operation(
    name="lab",
    group="serve",
    summary="run a described network of servers, accounts and faults",
    example="netloom lab examples/labs/mail.toml",
    request=Request,
    record=Stands | AccessRecord | Relayed | Note,
    run=run,
)
