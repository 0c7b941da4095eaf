"""Topic names, filters and shares (MQTT 5.0 §4.7, §4.8.2)."""

from __future__ import annotations

import pytest

from netloom.wire.mqtt.topics import misplaced, shared, wrong_filter, wrong_name


@pytest.mark.parametrize(
    ("pattern", "column"),
    [("a", -1), ("#", -1), ("+", -1), ("a/+/b", -1), ("a/#", -1), ("a#", 0), ("a/#/b", 2), ("a/b+", 2), ("/", -1)],
)
def test_wildcards(pattern: str, column: int) -> None:
    assert misplaced(pattern) == column


def test_names() -> None:
    assert not wrong_name("a/b c/ä")
    assert all(wrong_name(topic) for topic in ("", "+", "a/#", "a+"))


def test_filters() -> None:
    assert not any(wrong_filter(pattern) for pattern in ("a", "/", "#", "+/a", "$SYS/#", "$share/g/#", "$share/g//"))
    assert all(
        wrong_filter(pattern) for pattern in ("", "a#", "$share/", "$share/g", "$share/g/", "$share//a", "$share/#/a")
    )


def test_shares() -> None:
    assert shared("a/b") == ("", "a/b")
    assert shared("$share/g/a/b") == ("g", "a/b")
    assert shared("$share/g//") == ("g", "/")
