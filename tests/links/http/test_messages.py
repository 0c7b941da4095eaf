from __future__ import annotations

from netloom.links.http.messages import header, headers_all, tokens

HEADERS = (("Accept", "a, b"), ("x", "1"), ("accept", " C ,,"))


def test_reading_fields() -> None:
    assert header(HEADERS, "ACCEPT") == "a, b"
    assert header(HEADERS, "none") is None
    assert headers_all(HEADERS, "accept") == ["a, b", " C ,,"]
    assert headers_all(HEADERS, "none") == []
    assert tokens(HEADERS, "accept") == ["a", "b", "c"]
