"""Health: which services are up, for whoever asks and for whoever watches (grpc.health.v1)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from netloom.contents.service.call import Refused
from netloom.wire.grpc.schema import SERVING_STATUS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from netloom.contents.service.call import Call

_UNKNOWN = "SERVICE_UNKNOWN"


class Health:
    """The handlers of grpc.health.v1.Health. The server as a whole is the service without a name."""

    def __init__(self, services: Iterable[str] = ()) -> None:
        self.statuses = {"": "SERVING"} | dict.fromkeys(services, "SERVING")
        self._watching: set[asyncio.Event] = set()

    def set(self, service: str, status: str) -> None:
        """From now on a service is SERVING or NOT_SERVING; those who watch it are told. Call it on the event loop."""
        if status not in SERVING_STATUS:
            raise ValueError(f"{status!r} is none of {', '.join(SERVING_STATUS)}")
        self.statuses[service] = status
        for event in self._watching:
            event.set()

    async def Check(self, request: Any) -> dict[str, str]:  # noqa: N802  # the method's name
        """How a service is. NOT_FOUND for one that isn't here."""
        status = self.statuses.get(request.service)
        if status is None:
            raise Refused("NOT_FOUND", "unknown service")
        return {"status": status}

    async def List(self, request: Any) -> dict[str, Any]:  # noqa: N802  # the method's name
        """How all of them are."""
        return {"statuses": {service: {"status": status} for service, status in self.statuses.items()}}

    async def Watch(self, request: Any, call: Call) -> AsyncIterator[dict[str, str]]:  # noqa: N802  # the method's name
        """How a service is, and again whenever that changes."""
        changed = asyncio.Event()
        self._watching.add(changed)
        said = ""
        try:
            while True:
                changed.clear()
                status = self.statuses.get(request.service, _UNKNOWN)
                if status != said:
                    yield {"status": status}
                    said = status
                with call.waiting():
                    await changed.wait()
        finally:
            self._watching.discard(changed)
