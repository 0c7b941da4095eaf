from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.protocols.socketio.values import event, payload_of, told, value_of
from netloom.records import Message
from netloom.wire.socketio.packets import Kind, Packet


@pytest.mark.parametrize(
    ("arguments", "payload", "kind"),
    [
        ([], b"", "text"),
        (["ä"], "ä".encode(), "text"),
        ([""], b"", "text"),
        ([b"\xff"], b"\xff", "binary"),
        ([21.5], b"21.5", "json"),
        ([None], b"null", "json"),
        ([{"a": [1, "x"]}], b'{"a":[1,"x"]}', "json"),
        (["a", 1], b'["a",1]', "json"),
    ],
)
def test_arguments_as_payloads(arguments: list[Any], payload: bytes, kind: str) -> None:
    assert payload_of(arguments) == (payload, kind)


@pytest.mark.parametrize("arguments", [[{"a": b"x"}], [[b"x"]], ["a", b"x"], [[{"a": [1, {"b": b""}]}]]])
def test_bytes_inside(arguments: list[Any]) -> None:
    with pytest.raises(UsageError, match="by themselves"):
        payload_of(arguments)


def message(payload: bytes, kind: str = "") -> Message:
    return Message("a", payload, properties={"type": kind} if kind else {})


@pytest.mark.parametrize(
    ("said", "value"),
    [
        (message(b"21.5"), "21.5"),
        (message(b"21.5", "json"), 21.5),
        (message(b"21.5", "text"), "21.5"),
        (message(b"21.5", "binary"), b"21.5"),
        (message(b"\xff"), b"\xff"),
        (message(b"\xff", "text"), b"\xff"),
        (message(b"{", "json"), "{"),
        (message(b"\xff", "json"), b"\xff"),
        (message(b"[" * 10_000, "json"), "[" * 10_000),
        (message(b"", "json"), ""),
    ],
)
def test_messages_as_values(said: Message, value: Any) -> None:
    assert value_of(said) == value


WORDS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), WORDS),
    lambda inner: st.one_of(st.lists(inner, min_size=1), st.dictionaries(WORDS, inner)),
)  # fmt: skip


@given(st.one_of(JSON, st.binary()))
def test_what_one_says_another_hears(value: Any) -> None:
    payload, kind = payload_of([value])
    assert value_of(message(payload, kind)) == value


def test_as_messages_of_a_session() -> None:
    assert told(Packet(kind=Kind.CONNECT, namespace="/a", data={"sid": "x"})) == ('40/a,{"sid":"x"}',)
    assert event("/", "a", message(b"x")) == ('42["a","x"]',)
    assert event("/n", "a", message(b"\xff")) == ('451-/n,["a",{"_placeholder":true,"num":0}]', b"\xff")


@pytest.mark.parametrize("payload", [b"[" * 300 + b"]" * 300, b'{"_placeholder":true,"num":0}'])
def test_json_that_is_no_argument_comes_as_text(payload: bytes) -> None:
    (said,) = event("/", "a", message(payload, "json"))
    assert isinstance(said, str)
    assert said.startswith('42["a","')
