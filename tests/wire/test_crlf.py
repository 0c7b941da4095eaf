"""Lines that end in CRLF and in nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.crlf import Rules, parse, parse_text

RULES = Rules("of octets", "of the end", "of length", "of text")


@given(st.binary(max_size=12).filter(lambda line: not set(line) & set(b"\r\n\0")), st.binary(max_size=4))
def test_a_line_and_what_it_took(line: bytes, more: bytes) -> None:
    whole = line + b"\r\n"
    assert parse(whole + more, 14, RULES) == (line, len(whole))
    assert all(parse(whole[:cut], 14, RULES) is None for cut in range(len(whole)))


@pytest.mark.parametrize(
    ("buffer", "words", "rule", "offset"),
    [
        (b"a\0", "NUL", "of octets", 1),
        (b"a\rb", "CR without LF", "of the end", 1),
        (b"a\n", "LF without CR", "of the end", 1),
        (b"\n", "LF without CR", "of the end", 0),
        (b"a\r\r\n", "CR without LF", "of the end", 1),
        (b"12345678", "longer than 8", "of length", 8),
        (b"1234567\r\n", "longer than 8", "of length", 8),
    ],
)
def test_what_is_none(buffer: bytes, words: str, rule: str, offset: int) -> None:
    with pytest.raises(RemoteProtocolError, match=words) as caught:
        parse(buffer, 8, RULES)
    assert (caught.value.rule, caught.value.offset) == (rule, offset)


def test_text() -> None:
    assert parse_text("grün\r\n".encode(), 9, RULES) == ("grün", 7)
    assert parse_text(b"g", 9, RULES) is None
    with pytest.raises(RemoteProtocolError, match="isn't UTF-8") as caught:
        parse_text(b"gr\xfc\r\n", 9, RULES)
    assert (caught.value.rule, caught.value.offset) == ("of text", 2)
