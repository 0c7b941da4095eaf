"""Send: messages to servers of ours, and what they answer."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Phase, Status, Unsupported, UsageError
from netloom.serving import Serving
from tests.worlds import record

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.records import AccessRecord

pytestmark = pytest.mark.usefixtures("leaves_nothing")

TCP = [Endpoint.parse("tcp://127.0.0.1:0")]


@pytest.mark.parametrize(
    ("message", "wanted", "body"),
    [
        ("hello\nand more", "none", None),
        ("hello", "some", b"hello"),
        ("hello\nand more", "line", b"hello\n"),
        ("hello\nand more", "all", b"hello\nand more"),
        ("", "all", b""),
    ],
)
async def test_what_to_read_after_sending(message: str, wanted: str, body: bytes | None) -> None:
    async with Serving(TCP) as serving:
        found = await record(None, "send", serving.endpoint, message, options=[f"reply={wanted}"])
    assert (found.status, found.body) == (Status.SUCCESS, body)
    assert found.size == len(body or b"")


@pytest.mark.parametrize("scheme", ["tcp", "udp", "unix", "tls"])
async def test_over_every_raw_link(scheme: str, tmp_path: Path) -> None:
    place = f"unix://{tmp_path}/s" if scheme == "unix" else f"{scheme}://127.0.0.1:0"
    async with Serving([Endpoint.parse(place)]) as serving:
        trust = [f"{name}={value}" for name, value in serving.records[0].trust.items()]
        found = await record(None, "send", serving.endpoint, "hello", options=["reply=some", *trust])
    assert (found.status, found.body) == (Status.SUCCESS, b"hello"), found


async def test_from_a_file_and_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        """A pipe."""

        buffer = io.BytesIO(b"typed")

    monkeypatch.setattr(sys, "stdin", Input)
    (tmp_path / "m").write_bytes(b"\x00\xff")
    async with Serving(TCP) as serving:
        fields: dict[str, Any] = {"options": ["reply=all"]}
        assert (await record(None, "send", serving.endpoint, f"@{tmp_path}/m", **fields)).body == b"\x00\xff"
        assert (await record(None, "send", serving.endpoint, **fields)).body == b"typed"


async def test_it_is_heard() -> None:
    bus = Bus()
    async with Serving(TCP, [bus]) as serving, bus.subscribe("#") as heard:
        await record(None, "send", serving.endpoint, "warp\n")
        message = await anext(aiter(heard))
    assert message.payload.rstrip() == b"warp"
    assert message.sender.startswith("127.0.0.1")


async def test_a_topic_is_a_path_in_http() -> None:
    seen: list[AccessRecord] = []
    async with Serving([Endpoint.parse("http://127.0.0.1:0")], report=seen.append) as serving:
        await record(None, "send", serving.endpoint.replace(path="/own"), "weft")
        await record(None, "send", serving.endpoint.replace(path="/own"), "weft", topic="/note")
    assert [(made.verb, made.target) for made in seen] == [("POST", "/own"), ("POST", "/note")]


async def test_mail() -> None:
    async with Serving([Endpoint.parse("smtp://127.0.0.1:0")]) as serving:
        trust = [f"{name}={value}" for name, value in serving.records[0].trust.items()]
        for fields in ({"topic": "ann@example.org"}, {}):
            target = serving.endpoint if fields else serving.endpoint.replace(path="/ann@example.org")
            sent = await record(None, "send", target, "Warp and weft.", options=trust, **fields)
            assert sent.status is Status.SUCCESS, sent


async def test_nobody_answers() -> None:
    async with Serving([Endpoint.parse("udp://127.0.0.1:0#fault=stall:0")]) as serving:
        found = await record(None, "send", serving.endpoint, "x", options=["reply=some"], deadline=0.2)
    assert (found.status, found.phase) == (Status.TIMEOUT, Phase.FIRST_BYTE)


async def test_what_cant_be_meant(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none can't be read"):
        await record(None, "send", "tcp://127.0.0.1:9", f"@{tmp_path}/none")
    with pytest.raises(UsageError, match="option reply"):
        await record(None, "send", "tcp://127.0.0.1:9#reply=much", "x")
    with pytest.raises(Unsupported, match="ntp has no send"):
        await record(None, "send", "ntp://127.0.0.1:9", "x")


async def test_converted() -> None:
    async with Serving(TCP) as serving:
        fields: dict[str, Any] = {"options": ["reply=all"], "as_": "cbor"}
        assert (await record(None, "send", serving.endpoint, '{"a": 1}', **fields)).body == b"\xa1\x61a\x01"
        told = await record(None, "send", serving.endpoint, "a: 1", from_="yaml", **fields)
        assert told.body == b"\xa1\x61a\x01"
        for text in ("a: 1", "{"):
            with pytest.raises(UsageError, match="the message: "):
                await record(None, "send", serving.endpoint, text, **fields)


@pytest.mark.parametrize("scheme", ["coap", "mqtt"])
async def test_it_says_what_was_made(scheme: str) -> None:
    bus = Bus()
    async with Serving([Endpoint.parse(f"{scheme}://127.0.0.1:0")], [bus]) as serving, bus.subscribe("#") as heard:
        await record(None, "send", serving.endpoint.replace(path="/t"), "[1]", as_="cbor")
        first = await anext(aiter(heard))
        await record(None, "send", serving.endpoint.replace(path="/t"), "[1]")
        assert "cbor" not in (await anext(aiter(heard))).properties.get("content-type", "")
    assert (first.payload, first.properties["content-type"]) == (b"\x81\x01", "application/cbor")


@pytest.mark.parametrize(
    ("verb", "options", "said"),
    [
        ("put", [], b"application/yaml"),
        ("send", [], b"application/yaml"),
        ("put", ["type=text/x-mine"], b"text/x-mine"),
        ("send", ["type=text/x-mine"], b"text/x-mine"),
    ],
)
async def test_it_says_so_in_http(verb: str, options: list[str], said: bytes, tmp_path: Path) -> None:
    asked: list[bytes] = []

    async def answer(link: Any) -> None:
        asked.append(await link.read())
        await link.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")

    (tmp_path / "x.json").write_text("[1]")
    async with Serving(TCP, [Handler(answer)]) as serving:
        target = serving.endpoint.replace(scheme="http", path="/x")
        source = str(tmp_path / "x.json") if verb == "put" else f"@{tmp_path}/x.json"
        found = await record(None, verb, target, source, as_="yaml", options=options)
    assert found.status is Status.SUCCESS, found
    assert b"content-type: " + said + b"\r\n" in asked[0].lower()
