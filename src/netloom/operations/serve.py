"""Serve: be a server, for any protocols at once, from the same contents."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.accounts import Accounts
from netloom.backlog import Backlog
from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.links.activation import Activated, passed
from netloom.records import AccessRecord, ServingRecord
from netloom.registry import content
from netloom.requests import Recorded
from netloom.serving import Serving
from netloom.shapes import Operation
from netloom.supervision import User, tell_supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.errors import NetloomError
    from netloom.toolbox import Toolbox


class Request(Recorded, frozen=True, kw_only=True):
    """What to serve, where, from what, to whom."""

    targets: Annotated[
        list[Endpoint],
        Meta(min_length=1, description="where to listen (port 0: the kernel chooses)", extra={"metavar": "ENDPOINT"}),
    ]
    content: Annotated[
        list[str],
        Meta(
            description="what to serve, KIND[:ARGUMENT], e.g. files:./shared",
            extra={"short": "-c", "metavar": "KIND[:ARGUMENT]"},
        ),
    ] = msgspec.field(default_factory=list)
    account: Annotated[
        list[str],
        Meta(
            description="who may do what, USER[:PASSWORD[:read]]", extra={"short": "-a", "metavar": "USER[:PASSWORD]"}
        ),
    ] = msgspec.field(default_factory=list)
    accounts: Annotated[
        str, Meta(description="file with accounts and their passwords' hashes", extra={"metavar": "FILE"})
    ] = ""
    user: Annotated[
        str,
        Meta(
            description="whom to become once everything listens, e.g. after binding a low port",
            extra={"metavar": "NAME[:GROUP]"},
        ),
    ] = ""
    keep_going: Annotated[bool, Meta(description="serve the others where one can't listen")] = False
    grace: Annotated[float, Meta(ge=0, description="seconds that connections may take to finish when stopped")] = 5.0


async def run(request: Request, toolbox: Toolbox) -> None:
    """Serve until stopped. Each server is announced when it listens, each thing that a peer did when it is done."""
    accounts = _accounts(request)
    contents = [content(text) for text in request.content]
    seen: Backlog[AccessRecord] = Backlog()

    def failed(endpoint: Endpoint, error: NetloomError) -> None:
        toolbox.tell(f"{endpoint} isn't served: {error.message}")

    targets = [request.aim(target) for target in request.targets]
    user = User(request.user) if request.user else None
    network = Activated(toolbox.network, passed())
    recording = toolbox.recording(request.record) if request.record else None
    serving = Serving(targets, contents, accounts, network=network, report=seen.report, recording=recording)
    async with seen.emptied(toolbox.emit):
        try:
            for record in await serving.start(failed=failed if request.keep_going else None):
                await toolbox.emit(record)
            network.check()
            if user is not None:
                user.become()
            with _reloading(serving, targets, toolbox):
                tell_supervisor("READY=1", f"STATUS=serving {', '.join(str(target) for target in serving.endpoints)}")
                while True:
                    await toolbox.emit(await seen.get())
        finally:
            tell_supervisor("STOPPING=1")
            await serving.stop(request.grace)


def _accounts(request: Request) -> Accounts:
    """Raises UsageError where nobody could log in as an account that was named."""
    if request.accounts:
        if request.account:
            raise UsageError("accounts come from --accounts FILE or from --account, not from both")
        return Accounts.from_file(request.accounts)
    accounts = Accounts.from_texts(request.account)
    for account in accounts:
        if not account.has_credentials:
            raise UsageError(f"account {account.name} has no password", hint=f"{account.name}:PASSWORD")
    return accounts


@contextlib.contextmanager
def _reloading(serving: Serving, targets: list[Endpoint], toolbox: Toolbox) -> Iterator[None]:
    """While inside, SIGHUP has certificates read again, as daemons do; without files to read it keeps its meaning."""
    has_files = any(name == "cert" for target in targets for name, _ in target.all_options)
    in_charge = threading.current_thread() is threading.main_thread()
    if not has_files or not in_charge or not hasattr(signal, "SIGHUP"):
        yield
        return

    def reload() -> None:
        tell_supervisor("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            serving.reload()
        except UsageError as exc:
            toolbox.tell(f"the certificates stay as they were: {exc.message}")
        else:
            toolbox.tell("the certificates were read again")
        tell_supervisor("READY=1")

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reload)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


OPERATION = Operation(
    name="serve",
    group="serve",
    summary="be a server, for any protocols at once",
    example="netloom serve http://:8080 --content files:./shared --account ann",
    request=Request,
    record=ServingRecord | AccessRecord,
    run=run,
)
