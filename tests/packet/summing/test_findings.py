"""Findings: each has traffic that brings it and traffic that doesn't, in plain Python and by kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.packet.filters.language import parse
from netloom.packet.reading import Reading
from netloom.packet.summing.findings import finders
from tests.packet.summing.scenes import HARMLESS, PASSWORDS, SCENES, http
from tests.packet.summing.summed import by_kernels, found, plainly
from tests.packet.summing.traffic import CLIENT, SECOND, SERVER, Traffic

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("kind", SCENES)
def test_it_is_found_and_its_filter_shows_it(kind: str, tmp_path: Path) -> None:
    path = SCENES[kind][0]().write(tmp_path / "a.pcapng")
    summary = plainly(path)
    one = found(summary, kind)
    assert one is not None, [each.kind for each in summary.findings]
    assert one.count > 0
    assert one.words
    if kind != "gaps":
        assert one.first is not None
        assert summary.capture.first is not None
        assert summary.capture.first - 60 <= one.first <= (one.last or 0) <= (summary.capture.last or 0) + 60
    parse(one.filter)
    reading = Reading([path], one.filter)
    shown = sum(seen is not None for seen in reading.packets())
    reading.close()
    assert shown > 0, one.filter
    assert by_kernels(path) == summary


@pytest.mark.parametrize("kind", SCENES)
def test_it_is_not_found_in_what_is_much_like_it(kind: str, tmp_path: Path) -> None:
    path = SCENES[kind][1]().write(tmp_path / "a.pcapng")
    summary = plainly(path)
    assert found(summary, kind) is None
    assert by_kernels(path) == summary


@pytest.mark.parametrize("kind", PASSWORDS)
def test_passwords_are_told_without_the_secret(kind: str, tmp_path: Path) -> None:
    summary = plainly(PASSWORDS[kind]().write(tmp_path / "a.pcapng"))
    one = found(summary, "password")
    assert one is not None
    assert kind in one.words
    assert "secret" not in repr(summary)
    assert "AGFubgBzZWNyZXQ" not in repr(summary)


@pytest.mark.parametrize("made", HARMLESS.values(), ids=HARMLESS)
def test_what_is_no_password(made: Callable[[], Traffic], tmp_path: Path) -> None:
    assert found(plainly(made().write(tmp_path / "a.pcapng")), "password") is None


def test_ordinary_traffic_has_none(tmp_path: Path) -> None:
    assert plainly(http().write(tmp_path / "a.pcapng")).findings == ()


def test_who_never_answered_is_bad_also_if_some_may_yet_be_answered(tmp_path: Path) -> None:
    for late, answered, severity in ((0, 0, "bad"), (9, 0, "bad"), (0, 1, "warning")):
        made = Traffic()
        for number in range(answered):
            made.talk((CLIENT, 30_000 + number, SERVER, 82), b"x", [b"y"])
        for number in range(5):
            made.tcp((CLIENT, 40_000 + number, SERVER, 82), "S", after=SECOND)
        for number in range(late):
            made.tcp((CLIENT, 50_000 + number, SERVER, 82), "S")
        path = made.write(tmp_path / "a.pcapng")
        summary = plainly(path)
        one = found(summary, "unanswered")
        assert one is not None
        assert (one.severity, one.numbers["tried"]) == (severity, 5 + late + answered)
        assert one.words.endswith("from 192.0.2.1: it is down, or a firewall drops them")
        assert by_kernels(path) == summary


@pytest.mark.parametrize(("hosts", "words"), [(999, "999 hosts: it is"), (1001, "1,000 hosts or more: a flood of SYN")])
def test_a_flood_is_called_one(hosts: int, words: str, tmp_path: Path) -> None:
    made = Traffic()
    for number in range(hosts):
        made.tcp((f"203.0.{number >> 8}.{number & 255}", 1000, SERVER, 80), "S")
    made.now += 10 * SECOND
    made.udp((CLIENT, 1, SERVER, 2), b"later")
    one = found(plainly(made.write(tmp_path / "a.pcapng")), "unanswered")
    assert one is not None
    assert words in one.words


@pytest.mark.parametrize("flags", ["R", "RA", "A", ""])
def test_a_handshake_that_the_client_resets_is_finished(flags: str, tmp_path: Path) -> None:
    made = Traffic()
    for number in range(25):
        made.tcp((CLIENT, 1000 + number, SERVER, 80), "S")
        made.tcp((SERVER, 80, CLIENT, 1000 + number), "SA", ack=1)
        if flags:
            made.tcp((CLIENT, 1000 + number, SERVER, 80), flags, seq=1)
    made.now += 10 * SECOND
    made.udp((CLIENT, 1, SERVER, 2), b"later")
    path = made.write(tmp_path / "a.pcapng")
    summary = plainly(path)
    assert (found(summary, "half-open") is None) == bool(flags)
    assert by_kernels(path) == summary


def test_every_kind_is_tried() -> None:
    """What a file of the folder may find has a scene."""
    import inspect
    import re
    import sys

    sources = [inspect.getsource(sys.modules[find.__module__]) for find in finders()]
    kinds = {kind for source in sources for kind in re.findall(r'finding\(\s*"([a-z-]+)"', source)}
    kinds |= {"dns-missing", "dns-failures"}  # from a table
    assert kinds == {*SCENES, "drops"}
