"""RDAP, the passive decoder: what an answer is about, beside HTTP's heads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.rdap.decode import Decoder, asks_for_rdap
from tests.protocols.rdap.test_rdap import DOMAIN, answer

ASKED = (
    b"GET /rdap/domain/x.test HTTP/1.1\r\nHost: h\r\nAccept: application/rdap+json\r\nAuthorization: Basic eDp5\r\n\r\n"
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (DOMAIN, "domain x.test"),
        (
            b'{"objectClassName":"entity","handle":"X","vcardArray":["vcard",[["fn",{},"text","Ann"]]]}',
            "entity X, held by Ann",
        ),
        (b'{"errorCode":404,"title":"Not Found","description":["none"]}', "no: Not Found: none"),
        (b'{"domainSearchResults":[{},{}]}', "2 found"),
        (b'{"notices":[{"title":"Terms"}]}', "Terms"),
    ],
)  # fmt: skip
def test_both_sides_in_words(body: bytes, words: str) -> None:
    decoder = Decoder()
    said = [one.words for one in decoder.feed("client", ASKED)]
    assert said[0] == "GET /rdap/domain/x.test HTTP/1.1"
    assert not any("eDp5" in line for line in said)
    assert [one.words for one in decoder.feed("server", answer(body))][-1] == words


def test_questions_are_recognised() -> None:
    assert asks_for_rdap(ASKED)
    assert not asks_for_rdap(ASKED.replace(b"rdap+json", b"json"))


@given(st.binary(max_size=200), st.integers(0, 200))
def test_it_never_raises(data: bytes, cut: int) -> None:
    for body in (data, answer(data)):
        decoder = Decoder()
        decoder.feed("client", ASKED)
        decoder.feed("server", body[:cut])
        decoder.feed("server", body[cut:])
