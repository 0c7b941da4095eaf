"""FTP's replies, what FEAT lists, and quoted paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.ftp import replies
from netloom.wire.ftp.replies import Reply
from tests.fuzzing import cuts, hammer

lines = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=60)
FEAT = b"211-Extensions:\r\n MLST type*;size*;\r\n AUTH TLS\r\n AUTH SSL\r\n SIZE\r\n211 End\r\n"
SAMPLES = [
    FEAT, b"220 ready\r\n", b"230-hello\r\n230-230 more\r\n 230 not the end\r\n2\r\n230 done\r\n", b"226\r\n",
    b'257 "/a""b" is it\r\n', b"150 x\n",
]  # fmt: skip


@given(st.builds(Reply, st.integers(100, 599), st.lists(lines, min_size=1, max_size=5).map(tuple)))
def test_what_is_emitted_is_parsed_again(reply: Reply) -> None:
    data = replies.emit(reply)
    assert replies.parse(data + b"226 next\r\n") == (reply, len(data))


@given(st.lists(lines, min_size=3, max_size=5))
def test_no_line_within_ends_a_reply(said: list[str]) -> None:
    said[1] = f"226 {said[1]}"
    data = replies.emit(Reply(226, tuple(said)))
    assert replies.parse(data) == (Reply(226, tuple(said)), len(data))


@pytest.mark.parametrize("sample", SAMPLES)
def test_cutting_changes_nothing(sample: bytes) -> None:
    assert cuts(replies.parse, sample)[1] == len(sample)


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    def look(data: bytes) -> None:
        found = replies.parse(data)
        if found is not None:
            replies.parse_features(found[0])

    hammer(look, SAMPLES)


def test_fields() -> None:
    assert Reply(226, ("a", "b")).text == "a\nb"
    flags = [(r.preliminary, r.complete, r.intermediate, r.transient) for r in map(Reply, (150, 226, 331, 425, 550))]
    assert flags == [
        (True, False, False, False), (False, True, False, False), (False, False, True, False),
        (False, False, False, True), (False, False, False, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        (b"220-a\r\n220-b\r\n220 c\r\n", ("a", "b", "c")),
        (b"220-a\r\nb\r\n 220 c\r\n221 d\r\n220 e\r\n", ("a", "b", " 220 c", "221 d", "e")),
        (b"220-a\n220\n", ("a", "")),
        (b"220 caf\xe9\r\n", ("caf\\xe9",)),
    ],
)
def test_lines(said: bytes, lines: tuple[str, ...]) -> None:
    assert replies.parse(said) == (Reply(220, lines), len(said))


def test_another_charset() -> None:
    assert replies.parse(b"220 caf\xe9\r\n", "latin-1") == (Reply(220, ("café",)), 10)


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", 0), (b"H", 0), (b"\x15\x03\x01", 0), (b"020 x\r\n", 0), (b"620 x\r\n", 0),
        (b"2x", 1), (b"22\r\n", 2), (b"220x\r\n", 3), (b"220 a\rb\r\n", 5), (b"220 a\0b\r\n", 5),
        (b"220-" + b"a" * 9000, 0), (b"220-\r\n" * 2049, 2048 * 6),
    ],
)  # fmt: skip
def test_errors_name_the_octet(data: bytes, offset: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        replies.parse(data)
    assert caught.value.offset == offset
    assert caught.value.rule


@pytest.mark.parametrize(
    "reply", [Reply(99), Reply(600), Reply(220, ()), Reply(220, ("a\r\n226 b",)), Reply(220, ("a\0",))]
)
def test_illegal_replies_are_never_emitted(reply: Reply) -> None:
    with pytest.raises(LocalProtocolError):
        replies.emit(reply)


def test_features() -> None:
    found = replies.parse(FEAT)
    assert found is not None
    features = replies.parse_features(found[0])
    assert features == {"MLST": "type*;size*;", "AUTH": "TLS;SSL", "SIZE": ""}
    emitted = replies.emit(replies.emit_features(features))
    assert b"\r\n MLST type*;size*;\r\n" in emitted, "RFC 2389 §3.2: a space before each"
    again = replies.parse(emitted)
    assert again is not None
    assert replies.parse_features(again[0]) == features


@given(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"])))
def test_quoted_paths(path: str) -> None:
    assert replies.parse_quoted(replies.emit_quoted(path, 'is "it"')) == path


def test_a_path_without_quotes() -> None:
    with pytest.raises(RemoteProtocolError):
        replies.parse_quoted("/a is current")
