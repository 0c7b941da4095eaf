"""Which names a pattern means."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.imap.listing import Pattern, listed
from netloom.wire.imap.commands import List


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*", "a/b", True), ("%", "a/b", False), ("%", "a", True), ("a/%", "a/b", True), ("a/%", "a/b/c", False),
        ("a*c", "a/b/c", True), ("inbox", "INBOX", True), ("InBoX/%", "INBOX/x", True), ("inboxes", "INBOXes", False),
        ("x/inbox", "x/INBOX", False), ("", "", True), ("", "a", False), ("a", "ab", False), ("%*%", "a/b", True),
        ("*b", "ab/ab", True), ("%b", "ab/ab", False), ("a.c", "abc", False), ("(*", "(x", True), ("é%", "éa", True),
    ],
)  # fmt: skip
def test_of(pattern: str, name: str, matches: bool) -> None:
    assert Pattern(pattern).matches(name) is matches


@given(st.text("ab/*%", max_size=8), st.text("ab/", max_size=8))
def test_as_a_regular_expression_would(pattern: str, name: str) -> None:
    wanted = "".join(".*" if c == "*" else "[^/]*" if c == "%" else re.escape(c) for c in pattern)
    assert Pattern(pattern).matches(name) is (re.fullmatch(wanted, name, re.DOTALL) is not None)


def test_no_pattern_takes_long() -> None:
    began = time.process_time()
    assert not Pattern("*a" * 2000).matches("a" * 199)
    assert not Pattern("%a*" * 500 + "b").matches("a/" * 99)
    assert time.process_time() - began < 5


def test_those_above_are_told_where_they_arent_there() -> None:
    found = {one.name: one.attributes for one in listed(List("", ("*",)), ["INBOX", "a/b/c"], [])}
    assert found == {
        "INBOX": ("\\HasNoChildren",),
        "a": ("\\NonExistent", "\\Noselect", "\\HasChildren"),
        "a/b": ("\\NonExistent", "\\Noselect", "\\HasChildren"),
        "a/b/c": ("\\HasNoChildren",),
    }
