from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.links.quic.token import LIFE, Tokens

HERE = ("127.0.0.1", 4433)
IDS = st.binary(min_size=8, max_size=20)


@given(IDS, IDS)
def test_there_and_back(original: bytes, chosen: bytes) -> None:
    tokens = Tokens()
    assert tokens.check(HERE, tokens.make(HERE, original, chosen, 100.0), 101.0) == (original, chosen)


@given(st.binary(max_size=80))
def test_any_bytes(token: bytes) -> None:
    assert Tokens().check(HERE, token, 0.0) is None


def test_whose_and_how_old_it_is() -> None:
    tokens = Tokens()
    token = tokens.make(HERE, b"original", b"chosenid", 100.0)
    assert tokens.check(("127.0.0.1", 4434), token, 101.0) is None
    assert tokens.check(("127.0.0.2", 4433), token, 101.0) is None
    assert tokens.check(HERE, token, 100.0 + LIFE + 0.1) is None
    assert tokens.check(HERE, token, 99.0) is None
    assert Tokens().check(HERE, token, 101.0) is None
    assert tokens.check(HERE, token[:-1] + bytes([token[-1] ^ 1]), 101.0) is None
