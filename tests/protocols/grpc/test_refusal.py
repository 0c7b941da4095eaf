from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.service import Call, Refused
from netloom.errors import (
    DeadlineExceeded,
    NetloomError,
    PeerRefused,
    Unauthenticated,
    Unsupported,
)
from netloom.links.virtual import run
from netloom.wire.grpc import schema, values
from tests.protocols.grpc.stage import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ECHO = 'netloom.Loom/Echo {"text": "a"}'


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("UNAUTHENTICATED", Unauthenticated),
            ("UNIMPLEMENTED", Unsupported),
            ("DEADLINE_EXCEEDED", DeadlineExceeded),
            ("NOT_FOUND", PeerRefused),
            ("RESOURCE_EXHAUSTED", PeerRefused),
        ],
    )
    async def test_codes(self, code: str, kind: type[NetloomError]) -> None:
        async def echo(request: Any) -> Any:
            raise Refused(code, "nö %\n")

        async with serving({"Echo": echo}) as stage:
            with pytest.raises(kind) as refused:
                await stage.run(ECHO)
            assert f"{code}: nö %\n" in refused.value.message
            if isinstance(refused.value, PeerRefused):
                assert (refused.value.code, refused.value.text) == (code, "nö %")

    async def test_details(self) -> None:
        rich: Any = schema.rich_status()(code=9, message="m")
        rich.details.add(type_url="type.googleapis.com/google.rpc.RetryInfo", value=b"1234")

        async def echo(request: Any, call: Call) -> Any:
            call.trailers.append(("grpc-status-details-bin", values.emit(rich)))
            raise Refused("FAILED_PRECONDITION", "m")

        async with serving({"Echo": echo}) as stage:
            with pytest.raises(PeerRefused) as refused:
                await stage.run(ECHO)
            assert refused.value.text == "m\ntype.googleapis.com/google.rpc.RetryInfo, 4 bytes"

    def test_a_deadline(self) -> None:
        heard: list[Any] = []

        async def echo(request: Any, call: Call) -> Any:
            heard.append(call.timeout)
            await asyncio.sleep(10)

        async def chat(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
            async for request in requests:
                yield request
                await asyncio.sleep(10)

        async def main() -> None:
            async with serving({"Echo": echo, "Chat": chat}) as stage:
                for command in (ECHO, "Chat {}"):
                    with pytest.raises(DeadlineExceeded, match=r"longer than 1\.5 s"):
                        await stage.run(command, timeout="1.5")
            assert heard == [1.5]

        run(main())
