"""Encoded words become letters; what can't stays as it stands."""

from __future__ import annotations

import pytest

from netloom.wire.encoded_words import decoded


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("warp and weft", "warp and weft"),
        ("=?utf-8?q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        ("=?utf-8?b?R3LDtsOfZQ==?= of =?latin-1?q?Wei=DF?=", "Größe of Weiß"),
        ("=?x-unknown?b?YQ==?=", "=?x-unknown?b?YQ==?="),
        ("=?utf-8?b?A?=", "=?utf-8?b?A?="),
    ],
)
def test_a_value(text: str, shown: str) -> None:
    assert decoded(text) == shown
