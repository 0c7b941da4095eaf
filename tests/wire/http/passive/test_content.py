"""What bodies hold, kept within bounds."""

from __future__ import annotations

from netloom.wire.http.passive.content import LIMIT, Content


def shown(sender: str, body: bytes) -> list[str]:
    return [f"{sender} {len(body)} {body[:4].decode()}"]


def test_pieces_of_several_bodies() -> None:
    content = Content("client", shown)
    for stream, data in ((1, b"wa"), (3, b"we"), (1, b"rp"), (3, b"ft")):
        content.add(stream, data)
    assert content.end(3) == ["client 4 weft"]
    assert content.end(1) == ["client 4 warp"]
    assert content.end(1) == []


def test_nothing_is_kept_where_nobody_asks() -> None:
    content = Content("client", None)
    content.add(1, b"warp")
    assert content.end(1) == []
    assert not content._bodies


def test_memory_is_bounded() -> None:
    content = Content("server", shown)
    for stream in range(1000):
        for _ in range(20):
            content.add(stream, b"x" * 10_000)
    assert sum(len(body or b"") for body in content._bodies.values()) <= 16 * LIMIT
    assert len(content._bodies) <= 16
    content.add(7000, bytes(LIMIT))
    content.add(7000, b"x")
    content.add(7000, b"too long is forgotten, and stays so")
    assert content.end(7000) == []
