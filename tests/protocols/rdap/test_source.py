"""Where RDAP's answers come from: the base of a server that a bootstrap file names. The rest is in test_rdap.py."""

from __future__ import annotations

import pytest

from netloom.errors import RemoteProtocolError
from netloom.protocols.rdap.source import _below


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://a.test/", "rdaps://a.test/domain/x"),
        ("https://a.test/base", "rdaps://a.test/base/domain/x"),
        ("http://a.test:8080/base//", "rdap://a.test:8080/base/domain/x"),
    ],
)
def test_below_a_base(url: str, found: str) -> None:
    assert str(_below(url, "/domain/x", "")) == found


@pytest.mark.parametrize("url", ["", "a.test", "ftp://a.test", "https://a b/"])
def test_what_is_no_base(url: str) -> None:
    with pytest.raises(RemoteProtocolError):
        _below(url, "/domain/x", "")
