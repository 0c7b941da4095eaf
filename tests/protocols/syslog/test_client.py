"""The client: each way, and what can't be said."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import LocalProtocolError, Status, UsageError
from netloom.records import MessageRecord, ServingRecord
from netloom.runs import Run
from tests.interop.peers import free_port
from tests.protocols.syslog.lab import collecting
from tests.worlds import Certificates, cancel_everywhere, record, records

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path


@pytest.mark.parametrize("format_", ["5424", "3164"])
@pytest.mark.parametrize(("scheme", "framing"), [("syslog", "octets"), ("syslog+tcp", "octets"), ("syslog+tcp", "lf")])
async def test_each_way(scheme: str, framing: str, format_: str) -> None:
    async with collecting() as lab:
        sent = await lab.do(
            "send", "wéft", scheme=scheme, framing=framing, format=format_, severity="err", app="loom", hostname="h1"
        )
        assert sent.status is Status.SUCCESS
        assert (sent.meta["facility"], sent.meta["severity"], sent.meta["format"]) == ("user", "err", format_)
        message = await lab.heard()
        assert (message.topic, message.payload.decode()) == ("syslog/h1/loom/err", "wéft")
        assert message.properties["format"] == format_


async def test_over_tls(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    async with collecting("syslogs", cert=made.good, client_ca=made.ca) as lab:
        sent = await lab.do("send", "weft", scheme="syslogs", ca=made.ca, cert=made.client)
        assert sent.status is Status.SUCCESS, sent
        assert (await lab.heard()).payload == b"weft"
        for options in ({"ca": made.ca}, {"cert": made.client}, {"ca": made.ca, "cert": made.stray_client}):
            refused = await lab.do("probe", scheme="syslogs", **options)
            assert refused.status in (Status.TLS_ERROR, Status.CLOSED), options


@pytest.mark.parametrize(
    ("text", "options", "path"),
    [
        ("two\nlines", {"framing": "lf"}, ""),
        ("x", {"app": "a b"}, ""),
        ("x", {"app": "a%0Ab"}, ""),
        ("x", {"hostname": "a%0D%0Ab"}, ""),
        ("x", {"procid": "%00"}, ""),
        ("x", {"msgid": "m" * 33}, ""),
        ("x", {"data": "[a"}, ""),
        ("x", {"format": "3164", "msgid": "m"}, ""),
        ("x", {"format": "3164", "app": "a:"}, ""),
        ("x", {}, "/house"),
    ],
)
async def test_what_cant_be_said(text: str, options: dict[str, str], path: str) -> None:
    async with collecting() as lab:
        try:
            found = await lab.do("send", text, scheme="syslog+tcp", path=path, **options)
        except (UsageError, LocalProtocolError):
            found = None
        assert found is None or found.status is Status.INVALID_INPUT
        assert not [one for one in lab.access if one.verb == "LOG"]


async def test_a_datagram_has_an_end() -> None:
    async with collecting(max_size="100000") as lab:
        with pytest.raises(UsageError):
            await lab.do("send", "x" * 66_000)
        assert (await lab.do("send", "x" * 66_000, scheme="syslog+tcp")).status is Status.SUCCESS
        assert len((await lab.heard()).payload) == 66_000


async def test_a_refusal_that_is_known() -> None:
    """Nothing is bound there, and the machine says so at once."""
    found = await record(None, "send", f"syslog://127.0.0.1:{free_port()}", "x")
    assert found.status is Status.REFUSED


async def test_listening_is_binding() -> None:
    run: Run[Any] = Run.prepare("listen", ("syslog://127.0.0.1:0#family=4",), {"count": 1})
    async with contextlib.aclosing(aiter(run)) as found:
        first = await anext(found)
        assert isinstance(first, ServingRecord)
        await records(None, "send", first.endpoint, "weft")
        async with asyncio.timeout(20):
            second = await anext(found)
        assert isinstance(second, MessageRecord)
        assert second.heard is not None
        assert second.heard.payload == b"weft"


@pytest.mark.parametrize("scheme", ["syslog", "syslog+tcp"])
def test_cancelling_leaves_nothing(scheme: str) -> None:
    """At every turn of the loop."""

    async def world() -> tuple[Awaitable[Any], Callable[[], Awaitable[None]]]:
        stack = contextlib.AsyncExitStack()
        lab = await stack.enter_async_context(collecting())
        return lab.do("send", "x", scheme=scheme), stack.aclose

    assert cancel_everywhere(world) > 2
