"""Paths and queries as options."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError
from netloom.wire.coap.codes import URI_PATH, URI_QUERY
from netloom.wire.coap.message import Message
from netloom.wire.coap.uri import path_of, path_options, query_of, query_options


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        ("", []), ("/", []), ("/a", [b"a"]), ("/a/b", [b"a", b"b"]), ("/a/", [b"a", b""]), ("//", [b"", b""]),
        ("/%E2%82%AC%2Fx", ["€/x".encode()]), ("/.well-known/core", [b".well-known", b"core"]),
    ],
)  # fmt: skip
def test_paths(path: str, segments: list[bytes]) -> None:
    assert path_options(path) == [(URI_PATH, segment) for segment in segments]


def test_queries() -> None:
    assert query_options("") == []
    assert query_options("rt=a%26b&x") == [(URI_QUERY, b"rt=a&b"), (URI_QUERY, b"x")]


segments = st.lists(st.binary(min_size=1, max_size=20).filter(lambda each: each not in (b".", b"..")), min_size=1)


@given(segments, segments)
def test_they_come_back(path: list[bytes], query: list[bytes]) -> None:
    options = tuple((URI_PATH, each) for each in path) + tuple((URI_QUERY, each) for each in query)
    message = Message(0, 1, 1, b"", options)
    assert path_options(path_of(message)) + query_options(query_of(message)) == list(options)
    assert path_of(message).isascii()


@pytest.mark.parametrize("path", ["/..", "/a/./b", "/" + "x" * 256, "/%2e%2E"])
def test_what_is_not_said(path: str) -> None:
    with pytest.raises(LocalProtocolError):
        path_options(path)
