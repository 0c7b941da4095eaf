from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.grpc import metadata

NAMES = st.from_regex(r"[0-9a-z_.\-]{1,12}", fullmatch=True).filter(
    lambda name: not metadata.is_reserved(name) and not name.endswith("-bin")
)
TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20).map(lambda text: text.strip(" "))
PAIRS = st.one_of(st.tuples(NAMES, TEXTS), st.tuples(NAMES.map(lambda name: f"{name}-bin"), st.binary(max_size=20)))


@given(st.lists(PAIRS, max_size=6))
def test_there_and_back(pairs: list[tuple[str, str | bytes]]) -> None:
    assert metadata.parse(metadata.emit(pairs)) == tuple(pairs)


def test_base64_with_and_without_padding_and_several_in_one() -> None:
    assert metadata.parse([("a-bin", "AA=="), ("a-bin", "AA"), ("b-bin", "AAEC, /w")]) == (
        ("a-bin", b"\0"), ("a-bin", b"\0"), ("b-bin", b"\0\1\2"), ("b-bin", b"\xff"),
    )  # fmt: skip


def test_what_is_the_protocols_own() -> None:
    fields = [("te", "trailers"), ("grpc-timeout", "1S"), ("content-type", "application/grpc"), ("x", "y")]
    assert metadata.parse(fields) == (("x", "y"),)
    assert metadata.parse([("grpc-status-details-bin", "AA")]) == (("grpc-status-details-bin", b"\0"),)


@pytest.mark.parametrize("value", ["*", "AA=A", "A", "AAé"])
def test_what_isnt_base64(value: str) -> None:
    with pytest.raises(RemoteProtocolError):
        metadata.parse([("a-bin", value)])


@pytest.mark.parametrize(
    "pair",
    [
        ("X", "y"), ("a b", "y"), ("", "y"), ("x", "a\r\nb"), ("x", "a\0b"), ("x", "ä"), ("x", " a"), ("x", b"a"),
        ("x-bin", "a"), ("grpc-status", "0"), ("te", "x"), (":path", "/"), ("content-type", "x"), ("x\n", "y"),
    ],
)  # fmt: skip
def test_what_cant_be_said(pair: tuple[str, str | bytes]) -> None:
    with pytest.raises(LocalProtocolError):
        metadata.emit([pair])


def test_as_people_write_it() -> None:
    assert metadata.parse_line("X-Loom: weft: 1 ") == ("x-loom", "weft: 1")
    assert metadata.parse_line("x-bin: AAEC") == ("x-bin", b"\0\1\2")
    for line in ("x", "x-bin: *", "x: ä", "grpc-timeout: 1S", "x: a\nb"):
        with pytest.raises(LocalProtocolError):
            metadata.parse_line(line)


def test_a_secret_isnt_repeated() -> None:
    with pytest.raises(LocalProtocolError) as refused:
        metadata.parse_line("authorization: c4n4ry\x00")
    assert "c4n4ry" not in refused.value.message


def test_size() -> None:
    assert metadata.size([("ab", "cde"), ("f", "")]) == 5 + 1 + 64


@pytest.mark.parametrize(
    ("text", "seconds"), [("1S", 1), ("5M", 300), ("2H", 7200), ("250m", 0.25), ("5u", 5e-6), ("9n", 9e-9), ("0S", 0)]
)
def test_timeouts(text: str, seconds: float) -> None:
    assert metadata.parse_timeout(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "1", "S", "123456789S", "1s", "-1S", "1.5S", "1 S", "\u0661S", "1S\n"])
def test_what_is_no_timeout(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        metadata.parse_timeout(text)


@given(st.floats(1e-9, 31_622_400))
def test_a_timeout_is_told_closely_and_never_as_longer(seconds: float) -> None:
    text = metadata.emit_timeout(seconds)
    told = metadata.parse_timeout(text)
    assert told <= seconds * (1 + 1e-6)
    assert told >= seconds * (1 - 1e-4) - 1e-9


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_messages_there_and_back(text: str) -> None:
    said = metadata.emit_message(text)
    assert metadata.parse_message(said) == text
    assert said.isascii()
    assert said.isprintable()
    assert said == said.strip()


def test_messages() -> None:
    assert metadata.emit_message("nö 100%\n") == "n%C3%B6 100%25%0A"
    assert metadata.emit_message("\ud800") == "?"
    assert metadata.parse_message("100% of %zz %C3") == "100% of %zz \ufffd"
    assert metadata.parse_message("ä€") == "\ufffd?"
