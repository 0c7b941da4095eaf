"""Two ends of a packet or a flow, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from netloom.output.text.style import Style


class Ends(Protocol):
    """What has two ends."""

    @property
    def src(self) -> str: ...

    @property
    def src_port(self) -> int | None: ...

    @property
    def dst(self) -> str: ...

    @property
    def dst_port(self) -> int | None: ...


def place(host: str, port: int | None) -> str:
    """A host and its port."""
    if port is None:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def ends(record: Ends, style: Style) -> str:
    """Who to whom."""
    return f"{place(record.src, record.src_port)} {style.arrow} {place(record.dst, record.dst_port)}"
