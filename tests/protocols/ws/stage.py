"""A server of WebSockets in memory, and attempts at it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from netloom.accounts import Accounts
from netloom.endpoint import Endpoint
from netloom.links.memory import MemoryNetwork
from netloom.serving import Serving
from netloom.toolbox import Toolbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.attempts import Attempt
    from netloom.records import AccessRecord, Record


class Stage:
    """`url` is where it listens; `records` are what peers did there."""

    def __init__(self, network: MemoryNetwork) -> None:
        self.network = network
        self.records: list[AccessRecord] = []
        self.url = ""
        self.serving: Serving
        self._toolbox = Toolbox(self._emit, network=network)

    async def _emit(self, record: Record) -> None:
        raise AssertionError(f"nobody asked for {record}")

    def attempt(self, path: str = "", **options: str) -> Attempt:
        chosen = ",".join(f"{name}={value}" for name, value in options.items())
        return self._toolbox.attempt(Endpoint.parse(f"{self.url}{path}#{chosen}"), 30.0)

    def client(self, path: str = "", **options: str) -> Any:
        """A client whose end the test sees to."""
        return self.attempt(path, **options).client


@contextlib.asynccontextmanager
async def serving(
    content: Any = None, *, accounts: tuple[str, ...] = (), at: str = "ws://127.0.0.1:0", **options: str
) -> AsyncIterator[Stage]:
    """One server; without a content the default one."""
    stage = Stage(MemoryNetwork())
    chosen = ",".join(f"{name}={value}" for name, value in options.items())
    stage.serving = Serving(
        [Endpoint.parse(f"{at}#{chosen}")],
        [content] if content is not None else [],
        Accounts.from_texts(accounts),
        network=stage.network,
        report=stage.records.append,
    )
    async with stage.serving:
        stage.url = str(stage.serving.endpoint.replace(path=""))
        yield stage
