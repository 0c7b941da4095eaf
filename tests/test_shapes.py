"""Shapes and records: what leaves an operation is frozen, can be written as JSON, and has a schema."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from netloom import errors, records, registry
from netloom.errors import NetloomError, Phase, Status
from netloom.records import Address, Entry, Message, ProbeRecord, Record, ReplyRecord
from netloom.shapes import VERBS, Facts, Refusal, Reply, Step

RECORDS = [kind for kind in vars(records).values() if isinstance(kind, type) and issubclass(kind, Record)]


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: str(kind.__name__))
def test_records_are_frozen_and_have_a_schema(kind: type[Record]) -> None:
    assert kind.__struct_config__.frozen
    assert kind.__doc__
    assert msgspec.json.schema(kind)


def test_a_record_as_json() -> None:
    record = ProbeRecord(
        endpoint="tcp://h:1",
        protocol="tcp",
        status=Status.TIMEOUT,
        phase=Phase.CONNECT,
        started_at=1.5,
        duration=2.0,
        phases={"connect": 2.0},
        addresses=[Address(address="::1", port=1, family="ipv6", fate=Status.TIMEOUT, duration=2.0)],
    )
    plain = msgspec.json.decode(msgspec.json.encode(record))
    assert {
        "endpoint", "protocol", "status", "phase", "message", "hint", "started_at", "duration", "phases", "address",
        "addresses", "tls", "facts",
    } <= set(plain)  # fmt: skip
    assert (plain["status"], plain["phase"]) == ("timeout", "connect")
    assert plain["addresses"][0]["fate"] == "timeout"
    assert msgspec.json.decode(msgspec.json.encode(record), type=ProbeRecord) == record


def test_a_body_as_json() -> None:
    record = ReplyRecord(
        endpoint="", protocol="", status=Status.SUCCESS, started_at=0, duration=0, phases={}, body=b"\xff\0"
    )
    assert msgspec.json.decode(msgspec.json.encode(record), type=ReplyRecord).body == b"\xff\0"


def test_messages_and_entries() -> None:
    assert Message("t", b"x") == Message(topic="t", payload=b"x")
    assert Entry(name="n").kind == "file"


class TestReply:
    async def test_a_body_is_read_once(self) -> None:
        reply = Reply({"a": 1}, body=b"body")
        assert reply.has_body
        assert [chunk async for chunk in reply.chunks()] == [b"body"]
        assert [chunk async for chunk in reply.chunks()] == []

    async def test_chunks(self) -> None:
        async def some() -> Any:
            yield b"a"
            yield b"b"

        assert [chunk async for chunk in Reply(body=some()).chunks()] == [b"a", b"b"]

    async def test_none(self) -> None:
        reply = Reply(value=3, exit_status=1)
        assert not reply.has_body
        assert (reply.meta, reply.value, reply.exit_status) == ({}, 3, 1)
        assert [chunk async for chunk in reply.chunks()] == []


@pytest.mark.parametrize("declared", registry.protocols(), ids=lambda declared: str(declared.name))
class TestProtocols:
    def test_the_declaration(self, declared: Any) -> None:
        assert declared.rfc
        assert declared.summary
        assert declared.example.startswith("netloom ")
        assert declared.contents
        assert declared.schemes
        usual = [scheme.port for scheme in declared.schemes.values() if scheme.over != "icmp"]
        assert all(port is None or 0 < port < 65536 for port in usual)

    def test_the_client_has_known_verbs(self, declared: Any) -> None:
        client = registry.load(declared, "client")
        for name, shape in VERBS.items():
            if hasattr(client, name):
                assert issubclass(client, shape)
        assert issubclass(client.Options, msgspec.Struct)

    def test_the_facts(self, declared: Any) -> None:
        facts = registry.facts(declared)
        assert issubclass(facts, Facts)
        made = facts()
        assert made.summary == ""
        assert msgspec.to_builtins(made) == {}, "what wasn't learnt isn't there"
        assert msgspec.json.schema(facts)

    def test_the_contents(self, declared: Any) -> None:
        for kind in declared.contents:
            assert kind in registry.names("contents")


@pytest.mark.parametrize("name", registry.names("contents"))
def test_contents_have_one_shape(name: str) -> None:
    kind = registry.content_class(name)
    assert name == kind.KIND
    for part in ("from_argument", "describe"):
        assert callable(getattr(kind, part))


def test_errors_have_a_status() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, NetloomError)]
    assert len(kinds) > 12
    assert all(isinstance(kind.status, Status) for kind in kinds)
    error = errors.ConnectError("m", status=Status.REFUSED, hint="h", endpoint="e", phase=Phase.CONNECT)
    assert (error.message, error.status, error.hint, error.endpoint, error.phase) == (
        "m", Status.REFUSED, "h", "e", Phase.CONNECT,
    )  # fmt: skip
    assert errors.ConnectError("m").status is Status.UNREACHABLE


@pytest.mark.parametrize(
    ("refusal", "codes", "others"),
    [
        (Refusal("4xx", "RCPT", ""), ["400", "450", "499"], ["500", "45", "4500", "4xx", "4 0", ""]),
        (Refusal("421", "RCPT", ""), ["421"], ["420", "4211"]),
        (Refusal("GOAWAY", "request", ""), ["GOAWAY", "goaway"], ["GO", "1"]),
        (Refusal("NXDOMAIN", "question", "", 3), ["NXDOMAIN", "nxdomain", "3", "0x3", "0x03"], ["N1DOMAIN", "03", "4"]),
        (Refusal("data-exists", "rpc", ""), ["data-exists", "DATA-EXISTS"], ["data-e1ists"]),
        (Refusal("UNDEFINED", "request", "", 0), ["0"], ["1", "-0"]),
    ],
)
def test_which_codes_a_refusal_means(refusal: Refusal, codes: list[str], others: list[str]) -> None:
    assert [code for code in codes + others if refusal.means(code)] == codes


def test_a_code_as_it_is_declared() -> None:
    assert Refusal("4xx", "RCPT", "").spelt("450") == "450"
    assert Refusal("NXDOMAIN", "question", "", 3).spelt("nxdomain") == "NXDOMAIN"
    assert Refusal("NXDOMAIN", "question", "", 3).spelt("3") == "NXDOMAIN"


@pytest.mark.parametrize(
    ("step", "words", "others"),
    [
        (Step("UID FETCH"), ["UID FETCH", "uid fetch"], ["FETCH", "UID FETCH ", ""]),
        (Step("GET, PUT …", form="[A-Z][A-Z0-9-]*"), ["GET", "M-SEARCH"], ["get", "GET, PUT …", "GET PUT", "", "É"]),
    ],
)
def test_which_words_mean_a_step(step: Step, words: list[str], others: list[str]) -> None:
    assert [word for word in words + others if step.means(word)] == words


def test_refusals_are_declared_once() -> None:
    for declared in registry.protocols():
        codes = [refusal.code for refusal in declared.refusals]
        assert len(codes) == len(set(codes)), declared.name
        assert all(refusal.at and refusal.summary for refusal in declared.refusals), declared.name
        steps = [step.name for step in declared.steps]
        assert len(steps) == len(set(steps)), declared.name
        assert bool(steps) == bool(declared.refusals), declared.name
        assert {refusal.at for refusal in declared.refusals} <= set(steps), declared.name
