"""ICMP's types and codes in words: the two versions' numbers aren't mixed up."""

from __future__ import annotations

import pytest

from netloom.wire.icmp_words import in_words, name_of


@pytest.mark.parametrize(
    ("version", "kind", "code", "words"),
    [
        (4, 3, 1, "host unreachable"),
        (4, 3, 13, "communication administratively prohibited"),
        (4, 11, 0, "time to live exceeded in transit"),
        (6, 1, 0, "no route to destination"),
        (6, 2, 0, "packet too big"),
        (6, 3, 0, "hop limit exceeded in transit"),
        (6, 4, 1, "unrecognized next header"),
        (4, 4, 0, "source quench"),
        (4, 3, 99, "destination unreachable, code 99"),
        (6, 200, 0, "ICMP type 200"),
    ],
)
def test_words(version: int, kind: int, code: int, words: str) -> None:
    assert in_words(version, kind, code) == words


def test_names() -> None:
    assert name_of(4, 8) == name_of(6, 128) == "echo request"
    assert name_of(6, 8) == "ICMP type 8"
