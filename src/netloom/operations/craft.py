"""Craft: packets from words, as octets or into a capture file; and octets back into words."""

from __future__ import annotations

from itertools import chain, count, islice, zip_longest
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.errors import UsageError
from netloom.packet.captures.record import Written
from netloom.records import Record
from netloom.shapes import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.craft import Recipe
    from netloom.packet.frame import Frame
    from netloom.packet.layer import Layer, Packet
    from netloom.toolbox import Toolbox

ETHERNET = 1
TOGETHER = 64
"""Packets that are made before others have their turn."""
_ENDS = (("src", "dst"), ("sport", "dport"))
_SAID = ("flags", "vid", "vni", "label", "spi")


class Crafted(Record, frozen=True, kw_only=True):
    """A packet: its octets in `hex`, `length` of them, and the text that makes exactly it.

    `link` is the link type of the frame that begins so (null: no frame does). `seed` is what fuzzing began with.
    `problem` says why dissecting ended before the payload.
    """

    summary: str
    length: int
    hex: str
    packet: str
    link: int | None = None
    seed: int | None = None
    problem: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to make of what."""

    packets: Annotated[
        list[str],
        Meta(
            description='layers and octets: Ethernet()/IPv4(dst="192.0.2.1")/TCP(dport=[80,443])/"data"',
            extra={"metavar": "PACKET", "positional": True},
        ),
    ] = []
    to: Annotated[
        str,
        Meta(
            description="write them to a file: .pcap or .pcapng, also with .gz or .zst; - is standard output",
            extra={"metavar": "FILE"},
        ),
    ] = ""
    overwrite: Annotated[bool, Meta(description="also if the file to write exists")] = False
    dissect: Annotated[
        str, Meta(description="the other way: octets in hexadecimal as layers", extra={"metavar": "HEX"})
    ] = ""
    link: Annotated[
        Annotated[int, Meta(ge=0, le=65535)] | None,
        Meta(description="what frames start with: the link type (the first layer's; 1, Ethernet, for --dissect)"),
    ] = None
    fuzz: Annotated[
        int,
        Meta(ge=0, le=1_000_000, description="so many of each, random where nothing was said; destinations stay"),
    ] = 0
    seed: Annotated[
        Annotated[int, Meta(ge=0)] | None, Meta(description="what fuzzing begins with, to have the same again")
    ] = None


async def run(request: Request, toolbox: Toolbox) -> None:
    """Make the packets, and tell of each or write them all."""
    if bool(request.packets) == bool(request.dissect):
        hint = "netloom craft 'IPv4()/UDP()', or netloom craft --dissect HEX"
        raise UsageError("either packets or --dissect is needed", hint=hint)
    if request.dissect and (request.to or request.fuzz):
        raise UsageError("octets that are dissected aren't written or fuzzed", hint="give their words as a packet")
    if request.seed is not None and not request.fuzz:
        raise UsageError("a seed is for fuzzing", hint="--fuzz N")
    if request.dissect:
        await toolbox.emit(_dissected(request.dissect, ETHERNET if request.link is None else request.link))
    elif request.to:
        await _write(request, toolbox)
    else:
        for number, (packet, seed) in enumerate(_made(request, toolbox)):
            if number % TOGETHER == 0:
                await toolbox.sleep(0)
            await toolbox.emit(_crafted(packet, _link(packet, request), seed))


def _made(request: Request, toolbox: Toolbox) -> Iterator[tuple[Packet, int | None]]:
    """The packets and their seeds. All texts are read before the first packet is made."""
    from netloom.packet.craft import Recipe

    recipes = [Recipe(text) for text in request.packets]
    if not request.fuzz:
        return ((packet, None) for recipe in recipes for packet in recipe)
    seed = toolbox.random.getrandbits(32) if request.seed is None else request.seed
    return _fuzzed(recipes, request.fuzz, seed)


def _fuzzed(recipes: list[Recipe], times: int, seed: int) -> Iterator[tuple[Packet, int]]:
    """Each packet so many times, with seeds that count on."""
    from netloom.packet.fuzz import fuzz

    seeds = count(seed)
    for recipe in recipes:
        for packet in recipe:
            yield from ((fuzz(packet, seed, recipe.given), seed) for seed in islice(seeds, times))


def _link(packet: Packet, request: Request) -> int | None:
    from netloom.packet.craft import link_type

    return link_type(packet) if request.link is None else request.link


# Into a file


async def _write(request: Request, toolbox: Toolbox) -> None:
    """All packets, a nanosecond apart, so that their order stays wherever they are sorted."""
    from netloom.packet.captures.writer import create

    started = int(toolbox.now() * 1e9)
    frames = (
        _frame(packet, _link(packet, request), started + number)
        for number, (packet, _) in enumerate(_made(request, toolbox))
    )
    first = next(frames)  # where that fails, no file is begun
    with create(request.to, overwrite=request.overwrite) as writer:
        for frame in chain((first,), frames):
            if writer.frames % TOGETHER == 0:
                toolbox.progress("packets", writer.frames, None)
                await toolbox.sleep(0)
            writer.write(frame)
    if request.to != "-":
        ended = (started + writer.frames - 1) / 1e9
        await toolbox.emit(
            Written(
                file=request.to,
                format=writer.kind,
                frames=writer.frames,
                octets=writer.octets,
                first=started / 1e9,
                last=ended,
            )
        )


def _frame(packet: Packet, link: int | None, at: int) -> Frame:
    from netloom.packet.frame import Frame

    if link is None:
        kind = type(packet.layers[0]).__name__
        raise UsageError(f"no frame starts with {kind}", hint="put what is below it, or say --link N")
    data = bytes(packet)
    return Frame(data=data, timestamp_ns=at, link_type=link, length=len(data))


# In words


def _dissected(digits: str, link: int) -> Crafted:
    from netloom.packet.craft import whole_frame
    from netloom.packet.dissect import dissect

    try:
        data = bytes.fromhex(digits)
    except ValueError as exc:
        raise UsageError(f"that is no hexadecimal: {exc}", text=digits) from None
    if not data:
        raise UsageError("there are no octets")
    found = dissect(whole_frame(data, link))
    problem = "" if found.problem is None else str(found.problem)
    return _crafted(found.packet, link, None, problem)


def _crafted(packet: Packet, link: int | None, seed: int | None, problem: str = "") -> Crafted:
    data = bytes(packet)
    return Crafted(
        summary=" / ".join(map(_words, _filled(packet, data, link))),
        length=len(data),
        hex=data.hex(),
        packet=repr(packet),
        link=link,
        seed=seed,
        problem=problem,
    )


def _filled(packet: Packet, data: bytes, link: int | None) -> Iterator[Layer]:
    """The layers with what was filled in when they were written, as far as they are found again."""
    from netloom.packet.craft import dissected

    found = dissected(data, link).layers if link is not None else ()
    for layer, other in zip_longest(packet, found[: len(packet.layers)]):
        yield other if type(other) is type(layer) else layer


def _words(layer: Layer) -> str:
    """A layer in a few words: from where to where, and which it is."""
    name = type(layer).__name__
    if name == "Raw":
        octets = len(bytes(layer))
        return "1 octet" if octets == 1 else f"{octets} octets"
    told = [
        f"{getattr(layer, one)} > {getattr(layer, other)}"
        for one, other in _ENDS
        if hasattr(layer, one) and hasattr(layer, other)
    ]
    told += [value if isinstance(value, str) else f"{field} {value}" for field, value in _said(layer)]
    return " ".join((name, *told))


def _said(layer: Layer) -> Iterator[tuple[str, object]]:
    for field in (*_SAID, *(("type", "code") if hasattr(layer, "code") else ())):
        value = getattr(layer, field, None)
        if value is not None and value != "":
            yield field, value


OPERATION = Operation(
    name="craft",
    group="packets",
    summary="packets from words, as octets or a file; and octets in words",
    example="netloom craft 'Ethernet()/IPv4(dst=\"192.0.2.1\")/UDP(dport=[53, 123])' --to few.pcap",
    request=Request,
    record=Crafted | Written,
    run=run,
    offline=True,
)
