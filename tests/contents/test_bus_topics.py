"""Trees of topics and patterns: each finds what a plain comparison finds, and nothing is left when all has gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents.bus.topics import LEVEL_COST, Patterns, Topics, check_pattern, cost, matches
from netloom.errors import UsageError

TOPIC = st.text("ab/$", max_size=8)
PATTERN = st.text("ab/+#$", max_size=8)


def is_pattern(text: str) -> bool:
    try:
        check_pattern(text)
    except UsageError:
        return False
    return True


@given(st.lists(PATTERN.filter(is_pattern), max_size=12), TOPIC)
def test_patterns_that_stand_for_a_topic(patterns: list[str], topic: str) -> None:
    tree: Patterns[int, str] = Patterns()
    for number, pattern in enumerate(patterns):
        tree.put(pattern, number % 3, pattern)
    kept = {(number % 3, pattern): pattern for number, pattern in enumerate(patterns)}
    expected: dict[int, set[str]] = {}
    for key, pattern in kept:
        if matches(pattern, topic):
            expected.setdefault(key, set()).add(pattern)
    assert {key: set(found) for key, found in tree.find(topic).items()} == expected
    for key, pattern in kept:
        tree.remove(pattern, key)
    assert not tree


@given(st.lists(TOPIC, max_size=12, unique=True), PATTERN.filter(is_pattern))
def test_topics_that_a_pattern_stands_for(topics: list[str], pattern: str) -> None:
    tree: Topics[str] = Topics()
    for topic in topics:
        tree.put(topic, topic)
    assert sorted(tree.find(pattern.split("/"))) == sorted(topic for topic in topics if matches(pattern, topic))
    for topic in topics:
        tree.remove(topic)
    assert not tree


def test_what_is_put_again_is_replaced() -> None:
    patterns: Patterns[str, int] = Patterns()
    topics: Topics[int] = Topics()
    for value in (1, 2):
        patterns.put("a/+", "key", value)
        topics.put("a/b", value)
    assert patterns.find("a/b") == {"key": [2]}
    assert list(topics.find(["a", "b"])) == [2]


def test_removing_leaves_the_others() -> None:
    tree: Patterns[str, int] = Patterns()
    for pattern in ("a", "a/b", "a/b/c"):
        tree.put(pattern, "key", 1)
    tree.remove("a/b", "key")
    assert [bool(tree.find(topic)) for topic in ("a", "a/b", "a/b/c")] == [True, False, True]
    tree.remove("a/b/c", "other")
    assert tree.find("a/b/c")


@pytest.mark.parametrize("levels", [20, 60, 120])
def test_wildcards_in_a_row_cost_no_more_than_there_are_nodes(levels: int) -> None:
    """`+/a/+/a…` beside `a/+/a/+…`: whoever follows both at each level is never done."""
    tree: Patterns[int, int] = Patterns()
    for number in range(levels):
        tree.put("/".join("+" if (at + number) % 2 else "a" for at in range(levels)), number, 1)
        tree.put("/".join(["+"] * number + ["a"] * (levels - number)), 1000 + number, 1)
    assert len(tree.find("/".join(["a"] * levels))) == 2 * levels


def test_costs() -> None:
    assert cost("abc") == 3
    assert cost("a/b/c") == 5 + 2 * LEVEL_COST
