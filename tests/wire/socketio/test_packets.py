from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.socketio.packets import RESERVED, Kind, Limits, Packet, Reader, emit
from tests.fuzzing import hammer
from tests.security.parsers.socketio import PARSERS


def parsed(*messages: str | bytes, reader: Reader | None = None) -> Packet:
    reader = reader or Reader()
    found = [reader.feed(message) for message in messages]
    assert found[:-1] == [None] * (len(found) - 1)
    assert found[-1] is not None
    return found[-1]


class TestTheProtocolsExamples:
    """https://github.com/socketio/socket.io-protocol, revision 5."""

    @pytest.mark.parametrize(
        ("packet", "messages"),
        [
            (Packet(kind=Kind.CONNECT), ("0",)),
            (Packet(kind=Kind.CONNECT, data={"token": "123"}), ('0{"token":"123"}',)),
            (Packet(kind=Kind.CONNECT, namespace="/admin", data={"sid": "oSO0"}), ('0/admin,{"sid":"oSO0"}',)),
            (
                Packet(kind=Kind.CONNECT_ERROR, data={"message": "Not authorized"}),
                ('4{"message":"Not authorized"}',),
            ),
            (Packet(kind=Kind.EVENT, data=["foo"]), ('2["foo"]',)),
            (Packet(kind=Kind.EVENT, namespace="/admin", data=["bar"]), ('2/admin,["bar"]',)),
            (
                Packet(kind=Kind.EVENT, data=["baz", b"\1\2\3\4"]),
                ('51-["baz",{"_placeholder":true,"num":0}]', b"\1\2\3\4"),
            ),
            (Packet(kind=Kind.EVENT, id=12, data=["foo"]), ('212["foo"]',)),
            (Packet(kind=Kind.ACK, namespace="/admin", id=13, data=["bar"]), ('3/admin,13["bar"]',)),
            (
                Packet(kind=Kind.ACK, id=15, data=["bar", b"\1\2\3\4"]),
                ('61-15["bar",{"_placeholder":true,"num":0}]', b"\1\2\3\4"),
            ),
            (Packet(kind=Kind.DISCONNECT, namespace="/admin"), ("1/admin,",)),
        ],
    )
    def test_both_ways(self, packet: Packet, messages: tuple[str | bytes, ...]) -> None:
        assert emit(packet) == messages
        assert parsed(*messages) == packet

    def test_a_namespace_without_its_comma(self) -> None:
        assert parsed("0/admin") == Packet(kind=Kind.CONNECT, namespace="/admin")

    def test_an_event_may_be_a_number(self) -> None:
        assert parsed("2[1,null]") == Packet(kind=Kind.EVENT, data=[1, None])


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**53), 2**53), TEXT, st.binary()
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(TEXT, inner)),
    max_leaves=10,
)  # fmt: skip
NAMES = TEXT.filter(lambda name: name not in RESERVED)
SPACES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=",")).map(lambda name: f"/{name}")
NUMBERS = st.one_of(st.none(), st.integers(0, 10**15))
PACKETS = st.one_of(
    st.builds(
        lambda space, number, name, arguments: Packet(
            kind=Kind.EVENT, namespace=space, id=number, data=[name, *arguments]
        ),
        SPACES, NUMBERS, NAMES, st.lists(JSON, max_size=3),
    ),
    st.builds(
        lambda space, number, arguments: Packet(kind=Kind.ACK, namespace=space, id=number, data=arguments),
        SPACES, st.integers(0, 10**15), st.lists(JSON, max_size=3),
    ),
    st.builds(lambda space: Packet(kind=Kind.DISCONNECT, namespace=space), SPACES),
)  # fmt: skip


@given(st.lists(PACKETS, max_size=4))
def test_what_is_said_is_heard(packets: list[Packet]) -> None:
    reader = Reader()
    for packet in packets:
        assert parsed(*emit(packet), reader=reader) == packet


@pytest.mark.parametrize(
    "messages",
    [
        ("",), ("7",), ("x",), ("é",), (b"",), (b"x",), ("2",), ("2{}",), ("2[]",), ("2[null]",), ("2[true]",),
        ("2[1.5]",), ("3[]",), ('41"x"',), ("2[[]]",),
        ('2["a"',), ('2["a"]x',), ('2["connect"]',), ('2["disconnect",1]',), ('2["connect_error"]',),
        ("3",), ("3{}",), ("31",), ("0[]",), ('0"x"',), ("01",), ("1{}",), ("4",), ("4[]",), ("41",),
        ("5",), ("51",), ("5-[]",), ("5x-[]",), ('2-["a"]',), ('21-["a"]',), ('5101-["a"]',), ('5999999999999-["a"]',),
        ('51-["a"]', b"x"), ('51-["a",{"_placeholder":true}]', b"x"), ('51-["a",{"_placeholder":true,"num":1}]', b"x"),
        ('51-["a",{"_placeholder":true,"num":-1}]', b"x"), ('51-["a",{"_placeholder":true,"num":true}]', b"x"),
        ('51-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]', b"x"),
        ('52-["a",{"_placeholder":true,"num":0}]', b"x", b"y"), ('51-[{"_placeholder":true,"num":0}]', b"x"),
        ('51-["a",{"_placeholder":true,"num":0}]', "2[]"), ('50-["connect"]',), ("2/a\x00,[]",), ('2["\ud800"]',),
        ("2" + "[" * 100_000,), ("51-" + '["a",' + "[" * 300 + '{"_placeholder":true,"num":0}' + "]" * 301, b"x"),
        ('2["a",1' + "0" * 5000 + "]",), ("212345678901234567890[]",),
    ],
)  # fmt: skip
def test_what_is_no_packet(messages: tuple[str | bytes, ...]) -> None:
    reader = Reader()
    with pytest.raises(RemoteProtocolError):
        _ = [reader.feed(message) for message in messages]


def test_attachments_have_bounds() -> None:
    reader = Reader(Limits(attachments=2, size=10))
    places = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(2))
    for _ in range(3):
        assert parsed(f'52-["a",{places}]', bytes(5), bytes(5), reader=reader).data == ["a", bytes(5), bytes(5)]
    with pytest.raises(RemoteProtocolError, match="to 2 at most"):
        reader.feed('53-["a"]')
    assert reader.feed(f'52-["a",{places}]') is None
    with pytest.raises(RemoteProtocolError, match="more than 10 bytes"):
        reader.feed(bytes(11))


def test_no_attachments_at_all() -> None:
    assert parsed('50-["a"]') == Packet(kind=Kind.EVENT, data=["a"])


class TestEmit:
    @pytest.mark.parametrize(
        "packet",
        [
            Packet(kind=Kind.EVENT, data=["connect"]), Packet(kind=Kind.EVENT, data=[]), Packet(kind=Kind.EVENT),
            Packet(kind=Kind.EVENT, data=[None]), Packet(kind=Kind.ACK, data={}), Packet(kind=Kind.DISCONNECT, data={}),
            Packet(kind=Kind.CONNECT, namespace="admin"), Packet(kind=Kind.CONNECT, namespace="/a,b"),
            Packet(kind=Kind.CONNECT, namespace="/a\n"), Packet(kind=Kind.CONNECT, data={"a": b"x"}),
            Packet(kind=Kind.EVENT, data=["a", {"_placeholder": True, "num": 0}]),
            Packet(kind=Kind.EVENT, data=["a", object()]), Packet(kind=Kind.EVENT, data=["a", "\ud800"]),
        ],
    )  # fmt: skip
    def test_what_has_no_place(self, packet: Packet) -> None:
        with pytest.raises(LocalProtocolError):
            emit(packet)

    def test_too_deep(self) -> None:
        data: Any = []
        for _ in range(300):
            data = [data]
        with pytest.raises(LocalProtocolError, match="levels"):
            emit(Packet(kind=Kind.EVENT, data=["a", data]))


@pytest.mark.fuzz
@pytest.mark.parametrize("name", PARSERS)
def test_hostile_bytes(name: str) -> None:
    hammer(PARSERS[name].parse, PARSERS[name].samples)


@given(st.lists(st.one_of(st.text(), st.binary()), max_size=5))
def test_any_messages(messages: list[str | bytes]) -> None:
    reader = Reader()
    for message in messages:
        with contextlib.suppress(RemoteProtocolError):
            reader.feed(message)
