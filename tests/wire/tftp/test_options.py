"""TFTP's options, as a server answers and as a client takes the answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.tftp import options
from netloom.wire.tftp.options import Agreed, Most
from tests.fuzzing import hammer

MOST = Most(blksize=4096, windowsize=8)


@pytest.mark.parametrize(
    ("asked", "agreed", "acknowledged"),
    [
        ({}, Agreed(), {}),
        ({"blksize": "1024"}, Agreed(blksize=1024), {"blksize": "1024"}),
        ({"blksize": "65464"}, Agreed(blksize=4096), {"blksize": "4096"}),
        ({"windowsize": "64"}, Agreed(windowsize=8), {"windowsize": "8"}),
        ({"tsize": "0"}, Agreed(tsize=77), {"tsize": "77"}),
        ({"timeout": "3"}, Agreed(timeout=3), {"timeout": "3"}),
        ({"multicast": "", "blksize": "8"}, Agreed(blksize=8), {"blksize": "8"}),
        *(
            ({name: value}, Agreed(), {})
            for name, value in [
                ("blksize", "7"), ("blksize", "65465"), ("blksize", "x"), ("blksize", ""), ("timeout", "0"),
                ("timeout", "256"), ("windowsize", "0"), ("windowsize", "65536"), ("tsize", "-1"),
                ("blksize", "\u0661\u0662"), ("blksize", "9" * 30),
            ]
        ),
    ],
)  # fmt: skip
def test_a_server_answers(asked: dict[str, str], agreed: Agreed, acknowledged: dict[str, str]) -> None:
    assert options.answer(asked, MOST, 77, writes=False) == (agreed, acknowledged)


def test_a_size_is_told_by_whoever_knows_it() -> None:
    assert options.answer({"tsize": "5"}, MOST, None, writes=True) == (Agreed(tsize=5), {"tsize": "5"})
    assert options.answer({"tsize": "0"}, MOST, None, writes=False) == (Agreed(), {})


def test_a_window_fits_into_a_socket() -> None:
    agreed, _ = options.answer({"blksize": "65464", "windowsize": "64"}, Most(), 1, writes=False)
    assert agreed == Agreed(blksize=65464, windowsize=1)
    assert options.fitting(512) * 512 <= options.WINDOW


@given(st.dictionaries(st.sampled_from(["blksize", "windowsize", "timeout", "tsize", "x"]), st.text(max_size=6)))
def test_what_a_server_answers_a_client_takes(asked: dict[str, str]) -> None:
    agreed, acknowledged = options.answer(asked, MOST, 77, writes=False)
    assert options.agree(asked, acknowledged) == agreed


@pytest.mark.parametrize(
    "answered",
    [
        {"windowsize": "4"}, {"blksize": "1025"}, {"blksize": "7"}, {"blksize": "x"}, {"timeout": "4"}, {"tsize": "-1"},
        {"other": "1"},
    ],
)  # fmt: skip
def test_a_client_takes_no_more_than_it_asked_for(answered: dict[str, str]) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        options.agree({"blksize": "1024", "timeout": "3", "tsize": "0"}, answered)
    assert caught.value.rule


def test_a_client_takes_less() -> None:
    assert options.agree({"blksize": "1024"}, {"blksize": "512"}) == Agreed(blksize=512)
    assert options.agree({"x": "1"}, {"x": "2"}) == Agreed()


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    asked = {"blksize": "1024", "timeout": "3", "tsize": "0"}

    def look(data: bytes) -> object:
        pairs = data.decode("latin-1").split("\0")
        return options.agree(asked, dict(zip(pairs[::2], pairs[1::2], strict=False)))

    hammer(look, [b"blksize\x00512\0tsize\x0099", b"timeout\x003"])
