"""A WebSocket's server that is told to say no."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.contents.bus import Bus
from netloom.contents.echo import Echo
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Phase, Status, UsageError
from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, Met, outcomes, refusing, run

SEND = Sample(verb="send", place="/loom#reply=message", text="warp")


@pytest.mark.parametrize("version", ["1.1", "2"])
@pytest.mark.parametrize(
    ("fault", "status"), [("503", REFUSED), ("401", UNKNOWN), ("GOAWAY", REFUSED), ("404:at=handshake", REFUSED)]
)
def test_no_handshake(fault: str, status: Status, version: str) -> None:
    (met,) = outcomes("ws", fault, SEND, options=f"version={version}")
    assert met.status is status


@pytest.mark.parametrize("code", ["1008", "1011", "1013", "3000", "4001"])
@pytest.mark.parametrize("sample", [SEND, Sample(verb="listen", place="/loom"), Sample(verb="probe", place="/loom")])
def test_closed_after_it(code: str, sample: Sample) -> None:
    (met,) = outcomes("ws", f"{code}:text=enough", sample)
    assert met.status is REFUSED
    assert str(met.code) == code
    assert "enough" in met.message


@pytest.mark.parametrize("code", ["1005", "1006", "1015", "1000", "2000"])
def test_what_may_not_be_said(code: str) -> None:
    with pytest.raises(UsageError, match="ws can't refuse with"):
        outcomes("ws", code, SEND)


@pytest.mark.parametrize("kind", ["echo", "bus", "handler"])
@pytest.mark.parametrize("version", ["1.1", "2"])
def test_closed_at_a_message(kind: str, version: str) -> None:
    heard: list[bytes] = []

    async def handler(channel: Any) -> None:
        while message := await channel.read():
            heard.append(message)
            await channel.write(message)

    content = {"echo": Echo(), "bus": Bus(), "handler": Handler(handler)}[kind]

    async def main() -> Met:
        async with refusing("ws", "1013:at=message:text=enough", contents=(content,)) as server:
            return await server.ask("send", SEND.place, SEND.text, f"version={version}")

    met = run("ws", main())
    assert met.status is REFUSED
    assert (met.code, met.phase) == (1013, Phase.TRANSFER)
    assert "enough" in met.message
    assert not heard


def test_some_messages_pass() -> None:
    async def main() -> list[object]:
        async with refusing("ws", "1013:at=message:times=1") as server:
            first = await server.ask("send", SEND.place, SEND.text)
            heard: list[object] = [first.status]
            async with server.attempt(Endpoint.parse(server.url("/loom"))) as attempt:
                channel = await attempt.client.open()
                for said in ("warp", "weft"):
                    await channel.send(said)
                    heard.append(await channel.receive())
        return heard

    assert run("ws", main()) == [REFUSED, "warp", "weft"]


def test_what_comes_behind_a_close_is_not_counted() -> None:
    async def main() -> list[object]:
        ends: list[object] = []
        async with refusing("ws", "1013:at=message:times=2") as server:
            for _ in range(3):
                async with server.attempt(Endpoint.parse(server.url("/loom"))) as attempt:
                    channel = await attempt.client.open()
                    for said in ("warp", "weft", "loom"):
                        await channel.send(said)
                    ends.append(await channel.receive())
        return ends

    assert run("ws", main()) == [None, None, "warp"]


@pytest.mark.parametrize("step", ["open", "message"])
def test_words_are_cut_between_letters(step: str) -> None:
    (met,) = outcomes("ws", f"1013:at={step}:text=" + "%C3%A4" * 100, SEND)
    assert met.code == 1013
    assert met.message.endswith("ä" * 61)


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("ws", "1013:times=2", SEND, SEND, SEND)] == TWICE


def test_only_for_some_paths() -> None:
    met = outcomes("ws", "1008:target=/weft", SEND, Sample(verb="send", place="/weft#reply=message", text="x"))
    assert [each.status for each in met] == [SUCCESS, REFUSED]
