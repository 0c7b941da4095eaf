from __future__ import annotations

from typing import Any

import pytest

from netloom.contents.handler import Handler
from netloom.protocols.ws.channel import as_kind
from tests.protocols.ws.stage import serving


@pytest.mark.parametrize(
    ("payload", "kind", "message"),
    [
        (b"abc", "auto", "abc"),
        (b"\xff", "auto", b"\xff"),
        (b"abc", "binary", b"abc"),
        ("ä".encode(), "text", "ä"),
        (b"", "auto", ""),
    ],
)
def test_kinds(payload: bytes, kind: Any, message: str | bytes) -> None:
    assert as_kind(payload, kind) == message


def test_text_that_is_none() -> None:
    with pytest.raises(UnicodeDecodeError):
        as_kind(b"\xff", "text")


async def test_a_handler_gets_messages_and_bytes() -> None:
    seen: list[Any] = []

    async def handle(link: Any) -> None:
        link.set_idle(None)
        seen.append(link.peer[:10])
        seen.append(await link.receive())
        seen.append(await link.read())  # what is empty isn't the end
        seen.extend([message async for message in link])
        seen.append(await link.read())
        seen.append(await link.receive())

    async with serving(Handler(handle)) as stage:
        client = stage.client("/")
        channel = await client.open()
        for message in ("one", "", b"two", "three", b"\xff"):
            await channel.send(message)
        await channel.write_eof()
        assert await channel.receive() is None
        await channel.close()
        await client.close()
    assert seen == ["127.0.0.1:", "one", b"two", "three", b"\xff", b"", None]
