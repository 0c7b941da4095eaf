"""Relay: carry what comes to one endpoint on to another, break it on purpose, and keep a recording of it."""

from __future__ import annotations

import contextlib
import ipaddress
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.accounts import Accounts, Right
from netloom.backlog import Backlog
from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.records import ServingRecord
from netloom.relaying.onward import DEADLINE
from netloom.relaying.relay import Relay, Relayed
from netloom.relaying.relays import Relays
from netloom.requests import Recorded, pairs
from netloom.serving import Serving
from netloom.shapes import Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.faults.plan import Faults
    from netloom.shapes import Protocol
    from netloom.toolbox import Toolbox


class Request(Recorded, frozen=True, kw_only=True):
    """From where to where. What is said beside endpoints holds for both of a pair, but faults for where it listens."""

    targets: Annotated[
        list[Endpoint],
        Meta(
            description="where to listen and where it goes on to, pair by pair",
            extra={"metavar": "LISTEN TARGET"},
        ),
    ] = msgspec.field(default_factory=list)
    sni: Annotated[
        list[str],
        Meta(
            description="TLS that passes through: another target for a server name that is asked for",
            extra={"metavar": "NAME=ENDPOINT"},
        ),
    ] = msgspec.field(default_factory=list)
    name: Annotated[
        list[str], Meta(description="what the pairs are called, in their order", extra={"metavar": "NAME"})
    ] = msgspec.field(default_factory=list)
    control: Annotated[
        str,
        Meta(
            description="where relays and faults can be changed meanwhile, by toxiproxy's clients too",
            extra={"metavar": "ENDPOINT"},
        ),
    ] = ""
    account: Annotated[
        list[str],
        Meta(
            description="who may control, USER:PASSWORD; wanted where others than this machine can reach it",
            extra={"short": "-a", "metavar": "USER:PASSWORD"},
        ),
    ] = msgspec.field(default_factory=list)
    deadline: Annotated[
        float, Meta(gt=0, le=31_622_400, description="seconds to reach the target", extra={"metavar": "SECONDS"})
    ] = DEADLINE


async def run(request: Request, toolbox: Toolbox) -> None:
    """Relay until stopped. Each pair is announced when it listens, each connection when it is over."""
    seen: Backlog[Relayed] = Backlog()

    paired = _named(request)
    control = _control(request) if request.control else None
    relays = Relays(_maker(request, toolbox, seen.report), changes=control is not None)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(seen.emptied(toolbox.emit))
        await stack.enter_async_context(relays)
        for name, listen, target in paired:  # what is wrong with one starts none
            await relays.add(name, request.aim(listen), _unbroken(request, target), enabled=False)
        for relay in relays:
            await relay.enable()
            for record in relay.records:
                await toolbox.emit(record)
        if control is not None:
            for record in await _controlled(stack, control, relays, toolbox):
                await toolbox.emit(record)
        while True:
            await toolbox.emit(await seen.get())


def _maker(
    request: Request, toolbox: Toolbox, report: Callable[[Relayed], None]
) -> Callable[[Endpoint, Endpoint, Faults], Relay]:
    recording = toolbox.recording(request.record) if request.record else None
    names = _names(request)

    def make(listen: Endpoint, target: Endpoint, faults: Faults) -> Relay:
        return Relay(
            listen,
            target,
            names=names,
            network=toolbox.network,
            faults=faults,
            recording=recording,
            report=report,
            deadline=request.deadline,
        )

    return make


# Pairs


def _named(request: Request) -> list[tuple[str, Endpoint, Endpoint]]:
    """Raises UsageError where one is left over."""
    targets, names = request.targets, request.name
    if len(targets) % 2:
        raise UsageError(
            f"{targets[-1]} has nowhere to go on to: endpoints come in pairs", hint="netloom relay LISTEN TARGET …"
        )
    count = len(targets) // 2
    if not count and not request.control:
        raise UsageError("nothing is to be relayed", hint="netloom relay LISTEN TARGET …")
    if len(names) > count:
        raise UsageError(f"{names[count]!r} has no pair of endpoints to name")
    usual = [f"relay-{number}" for number in range(len(names) + 1, count + 1)]
    return list(zip([*names, *usual], targets[::2], targets[1::2], strict=True))


def _names(request: Request) -> dict[str, Endpoint]:
    made = {}
    for text in request.sni:
        name, equals, place = text.partition("=")
        if not name or not equals:
            raise UsageError(
                f"--sni takes NAME=ENDPOINT, not {text!r}", hint="--sni www.example.org=tcp://10.0.0.7:443"
            )
        made[name] = _unbroken(request, Endpoint.parse(place))
    return made


def _unbroken(request: Request, target: Endpoint) -> Endpoint:
    """A target with the options that were given beside it. What breaks traffic does so once, where it comes in."""
    given = [(name, value) for name, value in pairs(request.options) if name != "fault"]
    return target.with_options(given) if given else target


# Control


def _control(request: Request) -> tuple[Endpoint, Accounts]:
    """Where it is controlled, and by whom. Raises UsageError where that would let strangers in."""
    place = Endpoint.parse(request.control)
    accounts = Accounts.from_texts(request.account, anonymous=frozenset() if request.account else frozenset(Right))
    for account in accounts:
        if not account.has_credentials or not accounts.may(account, Right.WRITE):
            raise UsageError(f"account {account.name} can't control anything", hint=f"{account.name}:PASSWORD")
    if place.scheme not in ("http", "https"):
        raise UsageError(f"relays are controlled over HTTP, not at {place}", hint="http://127.0.0.1:8474")
    if not len(accounts) and not _is_private(place):
        raise UsageError(
            f"whoever reaches {place} could open connections in this machine's name",
            hint="--account USER:PASSWORD, or http://127.0.0.1:8474",
        )
    return place, accounts


def _is_private(place: Endpoint) -> bool:
    """Whether only this machine reaches it."""
    if place.socket or place.host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(place.host).is_loopback
    except ValueError:
        return False


async def _controlled(
    stack: contextlib.AsyncExitStack, control: tuple[Endpoint, Accounts], relays: Relays, toolbox: Toolbox
) -> list[ServingRecord]:
    from netloom.contents.app import App
    from netloom.relaying.control import Control

    place, accounts = control
    content = App(Control(relays), name="control")
    serving = await stack.enter_async_context(Serving([place], [content], accounts, network=toolbox.network))
    return serving.records


def _obstacle(declared: Protocol) -> str:
    """What has no ports can't be told apart from what else comes to this machine."""
    ports = any(scheme.over != "icmp" for scheme in declared.schemes.values())
    return "" if ports else f"{declared.name} has no ports to listen on"


OPERATION = Operation(
    name="relay",
    group="serve",
    summary="carry connections on to elsewhere, with faults and recordings",
    example="netloom relay tcp://:8080 http://127.0.0.1:80 --fault latency:200ms --record talk.pcapng",
    request=Request,
    record=ServingRecord | Relayed,
    run=run,
    obstacle=_obstacle,
)
