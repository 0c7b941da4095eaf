"""Messages: what the RFC prints, what is emitted is parsed, what isn't allowed is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.coap import codes
from netloom.wire.coap.message import Message, emit, parse, sorted_options, uint, unknown_critical
from tests.fuzzing import hammer
from tests.security.parsers.coap import DATAGRAMS, MESSAGES

GET = Message(codes.CON, codes.GET, 0x7D35, b"\x20", ((codes.URI_PATH, b"temperature"),))


def test_as_the_rfc_prints_them() -> None:
    """RFC 7252, appendix A."""
    assert emit(Message(codes.CON, codes.GET, 0x7D34, b"", ((codes.URI_PATH, b"temperature"),))) == (
        b"\x40\x01\x7d\x34\xbbtemperature"
    )
    assert emit(GET) == b"\x41\x01\x7d\x35\x20\xbbtemperature"
    assert parse(b"\x60\x45\x7d\x34\xff22.3 C") == Message(codes.ACK, codes.CONTENT, 0x7D34, payload=b"22.3 C")


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: f"{codes.code_name(message.code)}-{message.id}")
def test_they_come_back(message: Message) -> None:
    assert parse(emit(message)) == message


options = st.lists(
    st.tuples(st.integers(400, 65535) | st.sampled_from([11, 15]), st.binary(max_size=60) | st.binary(max_size=255)),
    max_size=12,
).map(sorted_options)
messages = st.builds(
    Message,
    st.integers(0, 3),
    st.sampled_from([*codes.METHODS, *codes.RESPONSES]),
    st.integers(0, 65535),
    st.binary(max_size=8),
    options,
    st.binary(max_size=2000),
)


@given(messages)
def test_what_is_emitted_is_parsed(message: Message) -> None:
    assert parse(emit(message)) == message


@given(st.lists(st.tuples(st.sampled_from([13, 270, 2000, 60000]), st.integers(0, 1500)), max_size=4))
def test_lengths_and_distances_of_every_size(given_: list[tuple[int, int]]) -> None:
    message = Message(0, 1, 1, b"", sorted_options((number, bytes(size)) for number, size in given_))
    assert parse(emit(message)) == message


@pytest.mark.parametrize(
    ("octets", "section"),
    [
        ("", "§3"),
        ("400100", "§3"),
        ("00010001", "§3"),
        ("80010001", "§3"),
        ("c0010001", "§3"),
        ("4901000100", "§3"),
        ("4f0100010000000000000000000000000000000000", "§3"),
        ("42010001aa", "§3"),
        ("40200001", "§3"),
        ("40c00001", "§3"),
        ("40ff0001", "§3"),
        ("4000000100", "§4.1"),
        ("410000010a", "§4.1"),
        ("40010001ff", "§3"),
        ("40010001b4616263", "§3.1"),
        ("40010001d0", "§3.1"),
        ("40010001e000", "§3.1"),
        ("40010001f0", "§3.1"),
        ("400100010f", "§3.1"),
        ("400100010e", "§3.1"),
        ("40010001e0fffff0", "§3.1"),
        ("40010001e0ffffe0ffff", "§3.1"),
    ],
)
def test_what_is_not_allowed_is_refused(octets: str, section: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        parse(bytes.fromhex(octets))
    assert refused.value.rule == f"RFC 7252 {section}"
    assert refused.value.offset is not None


@pytest.mark.parametrize("datagram", DATAGRAMS, ids=lambda data: data[:6].hex())
def test_whatever_is_cut_off(datagram: bytes) -> None:
    """A datagram has no more to come: a shorter one is another message, or none."""
    for end in range(len(datagram)):
        try:
            found = parse(datagram[:end])
        except RemoteProtocolError:
            continue
        assert emit(found) == datagram[:end]


@pytest.mark.parametrize(
    "message",
    [
        Message(4, 1, 1), Message(0, 1, 65536), Message(0, 1, -1), Message(0, 1, 1, bytes(9)), Message(0, 0, 1, b"t"),
        Message(0, 0, 1, payload=b"x"), Message(0, 1, 1, b"", ((12, b""), (11, b"a"))), Message(0, 1, 1,
        payload=bytes(70000)),
        Message(0, 1, 1, b"", ((codes.URI_PATH, bytes(256)),)), Message(0, 1, 1, b"", ((codes.ETAG, b""),)),
        Message(0, 1, 1, b"", ((65536, b""),)),
    ],
    ids=lambda message: str(message)[:60],
)  # fmt: skip
def test_nothing_else_is_said(message: Message) -> None:
    with pytest.raises(LocalProtocolError):
        emit(message)


@pytest.mark.parametrize(
    ("options", "bad"),
    [
        ((), None),
        (((codes.URI_PATH, b"a"), (codes.URI_PATH, b"b"), (codes.URI_QUERY, b"c")), None),
        (((9, b"oscore"),), 9),
        (((8, b"elective"), (10, b"")), None),
        (((codes.URI_HOST, b""),), codes.URI_HOST),
        (((codes.URI_HOST, b"a"), (codes.URI_HOST, b"b")), codes.URI_HOST),
        (((codes.ACCEPT, b"\0\0\0"),), codes.ACCEPT),
        (((codes.IF_NONE_MATCH, b"x"),), codes.IF_NONE_MATCH),
        (((codes.IF_MATCH, b"x"), (codes.IF_MATCH, b"y")), codes.IF_MATCH),
    ],
)
def test_what_must_not_be_passed_over(options: tuple[tuple[int, bytes], ...], bad: int | None) -> None:
    understood = (codes.URI_HOST, codes.URI_PATH, codes.URI_QUERY, codes.ACCEPT, codes.IF_NONE_MATCH)
    assert unknown_critical(Message(0, 1, 1, b"", options), understood) == bad


def test_what_a_message_has() -> None:
    message = MESSAGES[6]
    assert message.values(codes.IF_MATCH) == (b"\1\2", b"")
    assert (message.value(codes.IF_MATCH), message.value(codes.PROXY_URI)) == (b"\1\2", None)
    assert (message.uint(codes.OBSERVE), message.uint(codes.SIZE1), message.uint(codes.MAX_AGE)) == (0, 70000, None)
    assert message.texts(codes.URI_PATH) == ("größe", "x" * 255)
    assert message.is_request
    assert not message.is_response
    assert not MESSAGES[3].is_request
    assert [uint(number) for number in (0, 255, 256, 2**32 - 1)] == [b"", b"\xff", b"\1\0", b"\xff" * 4]


def test_hostile_octets() -> None:
    hammer(parse, DATAGRAMS)
