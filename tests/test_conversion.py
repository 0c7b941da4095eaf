"""Conversions: of bodies, of structured answers, and of whole records."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from netloom.conversion import Conversion, asked, media_type_of
from netloom.errors import RemoteProtocolError, Status, Unsupported, UsageError
from netloom.formats import named
from netloom.records import Entry, ReplyRecord
from netloom.requests import conversion
from netloom.sinks import MemorySink

YAML = Conversion(named("yaml"))


def reply(**fields: Any) -> ReplyRecord:
    outcome: dict[str, Any] = {"endpoint": "http://h/", "protocol": "http", "status": Status.SUCCESS}
    return ReplyRecord(**(outcome | {"started_at": 0.0, "duration": 0.0, "phases": {}} | fields))


async def converted(record: ReplyRecord, how: Conversion = YAML, name: str = "") -> ReplyRecord:
    return await how.record(record, MemorySink(), name)


class TestAsked:
    def test_nothing(self) -> None:
        assert asked("", "") is None
        assert conversion("", "") is None

    def test_one_and_both(self) -> None:
        made = asked("yaml", "")
        assert made is not None
        assert (made.wanted.name, made.source, made.suffix, made.media_type) == (
            "yaml", None, ".yaml", "application/yaml",
        )  # fmt: skip
        both = conversion("json:pretty", "csv:tab")
        assert both is not None
        assert both.source is not None
        assert both.source.name == "csv"

    @pytest.mark.parametrize(("as_", "from_"), [("", "json"), ("yml", ""), ("yaml", "zzz"), ("protobuf:x:y", "")])
    def test_what_cant_be_meant(self, as_: str, from_: str) -> None:
        with pytest.raises(UsageError):
            asked(as_, from_)


class TestBody:
    async def test_what_it_is_said_to_be(self) -> None:
        assert await YAML.body(b"1", "application/json") == b"1\n"
        assert await YAML.body(b'{"a": 1}') == b"a: 1\n"
        assert await YAML.body(b"a\n1\n", "", "/x.csv") == b"- a: '1'\n"

    async def test_what_we_are_told_counts_more(self) -> None:
        how = Conversion(named("json"), named("yaml"))
        assert await how.body(b"a: 1", "text/html", "x.csv") == b'{"a":1}'

    async def test_a_mistake_says_what_it_was_taken_for(self) -> None:
        with pytest.raises(RemoteProtocolError, match="JSON, line 1") as caught:
            await YAML.body(b"x", "application/json")
        assert "taken for json" in caught.value.hint
        with pytest.raises(RemoteProtocolError, match="JSON, line 1") as caught:
            await Conversion(named("yaml"), named("json")).body(b"x")
        assert caught.value.hint == ""

    async def test_a_large_one(self) -> None:
        data = msgspec.json.encode(["x" * 100] * 5000)
        assert await Conversion(named("msgpack")).body(data) == msgspec.msgpack.encode(["x" * 100] * 5000)

    async def test_a_large_one_holds_up_nobody(self) -> None:
        threads: list[threading.Thread] = []

        def write(value: Any) -> bytes:
            threads.append(threading.current_thread())
            return b""

        how = Conversion(replace(named("text"), write=write), named("text"))
        await how.body(b"x" * 1000)
        await how.body(b"x" * 1_000_000)
        assert threads[0] is threading.current_thread() is not threads[1]

    def test_a_structured_answer(self) -> None:
        value = [Entry(name="a", value={"at": datetime(2026, 11, 21, tzinfo=UTC), "raw": b"\xff"})]
        assert Conversion(named("cbor")).value(value)
        assert b"at: 2026-11-21T00:00:00Z\n    raw: !!binary |\n      /w==\n" in YAML.value(value)


class TestRecord:
    async def test_a_body(self) -> None:
        made = await converted(reply(body=b"[1]", size=3, meta={"headers": {"content-type": "application/json"}}))
        assert (made.status, made.body, made.size) == (Status.SUCCESS, b"- 1\n", 4)

    async def test_a_value(self) -> None:
        made = await converted(reply(value={"a": 1}))
        assert (made.value, made.body, made.size) == (None, b"a: 1\n", 5)

    async def test_by_name(self) -> None:
        assert (await converted(reply(body=b"a\n1\n"), name="/x/a.csv")).body == b"- a: '1'\n"

    async def test_none_and_a_failure_stay(self) -> None:
        for record in (reply(), reply(status=Status.TIMEOUT, body=b"[1")):
            assert await converted(record) is record

    @pytest.mark.parametrize(
        ("body", "wanted", "status"), [(b"[1", "yaml", "protocol_error"), (b"[1]", "xml", "unsupported")]
    )
    async def test_what_cant_be_converted_isnt_shown(self, body: bytes, wanted: str, status: str) -> None:
        record = reply(body=body, size=len(body), meta={"content_type": "application/json"})
        made = await converted(record, Conversion(named(wanted)))
        assert (made.status, made.body, made.value) == (Status(status), None, None)
        assert made.message
        assert made.hint

    async def test_an_empty_body_is_no_json(self) -> None:
        made = await converted(reply(body=b"", meta={"content_type": "application/json"}))
        assert made.status is Status.PROTOCOL_ERROR


def test_a_client_is_told_where_its_protocol_has_a_word_for_it() -> None:
    client = SimpleNamespace(media_type="")
    YAML.tell(client)
    assert client.media_type == "application/yaml"
    silent = SimpleNamespace()
    YAML.tell(silent)
    assert vars(silent) == {}


def test_what_a_value_cant_become() -> None:
    with pytest.raises(Unsupported, match="XML can't hold this"):
        Conversion(named("xml")).value([1])


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ({}, ""),
        ({"headers": {"content-type": "a/b; c=d"}}, "a/b; c=d"),
        ({"headers": {}}, ""),
        ({"headers": None, "content_format": "application/cbor"}, "application/cbor"),
        ({"content_type": "text/csv"}, "text/csv"),
    ],
)
def test_what_a_reply_says(meta: dict[str, Any], said: str) -> None:
    assert media_type_of(meta) == said
