"""The service that is served where none is named: netloom.Loom, one method of each kind."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

from netloom.contents.service.call import Refused
from netloom.wire.grpc import schema
from netloom.wire.grpc.catalogue import Catalogue
from netloom.wire.grpc.schema import DOUBLE, INT32, STRING, field, message, method

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MOST = 100_000
"""Numbers that Count gives at most."""
_LONGEST = 3600.0


@functools.cache
def catalogue() -> Catalogue:
    """netloom/loom.proto."""
    own = ".netloom."
    return Catalogue.of_protos(
        [
            schema.file(
                "netloom/loom.proto",
                "netloom",
                [
                    message("Thread", field("text", 1, STRING)),
                    message("Range", field("first", 1, INT32), field("last", 2, INT32), field("pause", 3, DOUBLE)),
                    message("Number", field("value", 1, INT32)),
                    message("Total", field("count", 1, INT32), field("sum", 2, DOUBLE)),
                ],
                [
                    schema.service(
                        "Loom",
                        method("Echo", f"{own}Thread", f"{own}Thread"),
                        method("Count", f"{own}Range", f"{own}Number", streams="server"),
                        method("Sum", f"{own}Number", f"{own}Total", streams="client"),
                        method("Chat", f"{own}Thread", f"{own}Thread", streams="client server"),
                    )
                ],
            )
        ]
    )


class Loom:
    """Echo, Count, Sum, Chat. Nothing that is said is kept."""

    async def Echo(self, request: Any) -> Any:  # noqa: N802  # the methods' names
        """The same thread."""
        return request

    async def Count(self, request: Any) -> AsyncIterator[dict[str, int]]:  # noqa: N802
        """The numbers from `first` to `last`, with a `pause` in seconds between them."""
        if request.last - request.first >= MOST:
            raise Refused("OUT_OF_RANGE", f"at most {MOST} numbers are counted")
        if not 0.0 <= request.pause <= _LONGEST:
            raise Refused("INVALID_ARGUMENT", f"a pause is between 0 and {_LONGEST:g} seconds")
        for value in range(request.first, request.last + 1):
            if value > request.first:
                await asyncio.sleep(request.pause)
            yield {"value": value}

    async def Sum(self, requests: AsyncIterator[Any]) -> dict[str, float]:  # noqa: N802
        """How many numbers came, and their sum."""
        count, total = 0, 0
        async for number in requests:
            count, total = count + 1, total + number.value
        return {"count": count, "sum": total}

    async def Chat(self, requests: AsyncIterator[Any]) -> AsyncIterator[Any]:  # noqa: N802
        """Each thread as it comes."""
        async for thread in requests:
            yield thread
