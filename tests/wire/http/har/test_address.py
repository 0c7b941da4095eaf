"""Addresses are split where they are some."""

from __future__ import annotations

import pytest

from netloom.wire.http.har.address import split


def test_an_address() -> None:
    parts = split("https://ann@h:81/a?b#c")
    assert (parts.scheme, parts.hostname, parts.port, parts.path, parts.query) == ("https", "h", 81, "/a", "b")


@pytest.mark.parametrize("url", ["http://[", "http://[x]/", "http://h:99999/", "http://h:x/"])
def test_what_is_none(url: str) -> None:
    assert split(url).path == "/"
    assert split(url).hostname is None
