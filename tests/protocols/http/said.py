"""What our server says to a request written by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.protocols.http.stage import Stage


class Said:
    """An answer, read with nothing of ours."""

    def __init__(self, raw: bytes) -> None:
        head, _, rest = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.first = first
        self.status = int(first.split(" ")[1])
        self.fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        self.body = _unchunked(rest) if self.get("transfer-encoding") == "chunked" else rest

    def get(self, name: str) -> str | None:
        return next((value for known, value in self.fields if known == name), None)

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.fields if known == name]

    def __getitem__(self, name: str) -> str:
        found = self.get(name)
        assert found is not None, f"no {name} in {self.first} {self.fields}"
        return found


async def ask(stage: Stage, url: str, line: str, body: bytes | None = None, **fields: str) -> Said:
    """Send `GET /path` with fields (`_` stands for `-`) and read the answer to the connection's end."""
    stream = await stage.raw(url)
    given = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    if body is not None:
        given.append(f"content-length: {len(body)}")
    head = "\r\n".join([f"{line} HTTP/1.1", "host: a.test", "connection: close", *given]) + "\r\n\r\n"
    await stream.write(head.encode("latin-1") + (body or b""))
    raw = b"".join([chunk async for chunk in stream.chunks()])
    await stream.close()
    return Said(raw)


def _unchunked(data: bytes) -> bytes:
    made = b""
    while found := re.match(rb"([0-9a-f]+)\r\n", data):
        size = int(found[1], 16)
        made += data[found.end() : found.end() + size]
        data = data[found.end() + size + 2 :]
    return made
