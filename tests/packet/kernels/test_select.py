"""Filters on a batch's columns keep the rows that they keep one by one."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.packet.captures.compose import interface_block, packet_block, section_block
from netloom.packet.filters.language import parse
from netloom.packet.filters.matches import matcher
from netloom.packet.kernels.choice import able
from netloom.packet.picking import Picking
from netloom.packet.reading import Reading
from tests.packet import generated
from tests.packet.filters.expressions import TAGGED, WORDS, table

if TYPE_CHECKING:
    from pathlib import Path

LINKS = (1, 101, 276)


def answerable(text: str) -> bool:
    try:
        matcher(parse(text))
    except UsageError:
        return False
    return able(parse(text))


EXPRESSIONS = [text for text in table(WORDS, TAGGED) if answerable(text)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture of many link types and headers."""
    random = Random(3)
    frames = [(number, frame) for number, link in enumerate(LINKS) for frame in generated.frames(random, 400, link)]
    random.shuffle(frames)
    blocks = [section_block(), *(interface_block(f"link {link}", link) for link in LINKS)]
    blocks += [packet_block(frame, number) for number, frame in frames]
    path = tmp_path_factory.mktemp("select") / "x.pcapng"
    path.write_bytes(b"".join(blocks))
    return path


def picked(path: Path, text: str, *, compiled: bool) -> list[int]:
    reading = Reading([path], text)
    picking = Picking(reading)
    ways = picking.by_kernels() if compiled else picking.plainly()
    try:
        return [seen.number for found in ways for seen in found]
    finally:
        reading.close()


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_columns_answer_as_rows_do(text: str, path: Path) -> None:
    assert picked(path, text, compiled=True) == picked(path, text, compiled=False)


def test_most_expressions_find_something_and_not_all(path: Path) -> None:
    found = [len(picked(path, text, compiled=True)) for text in EXPRESSIONS[::7]]
    assert sum(0 < count < 1200 for count in found) > len(found) / 2


@pytest.mark.parametrize("text", ["inbound", "outbound and tcp", "mpls 5", "not pppoes", "stp"])
def test_what_rows_do_not_keep_is_left_to_frames(text: str) -> None:
    try:
        wanted = parse(text)
    except UsageError:
        pytest.fail(f"{text} is no filter")
    assert not able(wanted)
