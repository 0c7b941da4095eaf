"""Tokens of filters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.filters.tokens import LONGEST, hardware, number, tokens


def texts(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(text)]


def test_words_operators_and_their_columns() -> None:
    found = tokens(" tcp[13]&2!=0  ")
    assert [(token.text, token.at) for token in found] == [
        ("tcp", 1), ("[", 4), ("13", 5), ("]", 7), ("&", 8), ("2", 9), ("!=", 10), ("0", 12), ("", 15),
    ]  # fmt: skip


def test_signs_that_mean_words() -> None:
    assert [text for _, text in texts("a && b || ! c == d")] == ["a", "and", "b", "or", "not", "c", "=", "d", ""]


def test_addresses_are_one_token() -> None:
    assert texts("::1 1:2:3:4:5:6 1.2.3.4/8 ftp-data a-b-") == [
        ("colons", "::1"), ("colons", "1:2:3:4:5:6"), ("word", "1.2.3.4"), ("operator", "/"), ("word", "8"),
        ("word", "ftp-data"), ("word", "a-b"), ("operator", "-"), ("end", ""),
    ]  # fmt: skip
    assert texts("ip[2:4]")[2:5] == [("word", "2"), ("operator", ":"), ("word", "4")]


def test_a_backslash_makes_a_keyword_a_name() -> None:
    assert texts(r"proto \tcp")[1] == ("quoted", "tcp")


def test_what_means_nothing_is_pointed_at() -> None:
    with pytest.raises(UsageError, match="'@' at column 6") as caught:
        tokens("tcp  @ udp")
    assert (caught.value.text, caught.value.column) == ("tcp  @ udp", 5)


def test_length_is_bounded() -> None:
    assert len(tokens("a" * LONGEST)) == 2
    with pytest.raises(UsageError, match="65537 characters"):
        tokens("a" * (LONGEST + 1))


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("80", 80), ("0x1F", 31), ("0X1f", 31), ("010", 8), ("08", None), ("1a", None), ("", None), ("٣", None)],
)
def test_numbers(text: str, value: int | None) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    "text", ["2:0:0:0:0:1a", "02-00-00-00-00-1a", "02.0.0.0.0.1A", "0200.0000.001a", "02000000001a", "2:00:0:00:0:1A"]
)
def test_hardware_addresses(text: str) -> None:
    assert hardware(text) == 0x02000000001A


@pytest.mark.parametrize(
    "text", ["2:0-0:0:0:1", "2:0:0:0:0", "2:0:0:0:0:1:2", "192.0.2.1", "0200.00000001", "100:0:0:0:0:0"]
)
def test_others(text: str) -> None:
    assert hardware(text) is None


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    found, refused = None, None
    try:
        found = tokens(text)
    except UsageError as exc:
        refused = exc
    if found is not None:
        assert found[-1].kind == "end"
        assert [token.at for token in found] == sorted(token.at for token in found)
    else:
        assert refused is not None
        assert refused.column in range(len(text))
