"""SOCKS messages: both ways, cut anywhere, broken anyhow; and the client's handshake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, PeerRefused, RemoteProtocolError, Unauthenticated
from netloom.wire import socks
from netloom.wire.socks import (
    AuthStatus,
    Choice,
    ClientHandshake,
    Credentials,
    Datagram,
    Greeting,
    Reply,
    Reply4,
    Request,
    Request4,
    Verb,
)
from tests.fuzzing import cuts, hammer

ports = st.integers(0, 0xFFFF)
octets = st.integers(0, 0xFF)
ipv4 = st.ip_addresses(v=4).map(str)
ipv6 = st.ip_addresses(v=6).map(str)
names = st.from_regex(r"[a-z]([a-z0-9-]{0,20}\.){0,4}[a-z]{1,20}", fullmatch=True)
hosts = st.one_of(ipv4, ipv6, names)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=63)
# 0.0.0.1 to 0.0.0.255 announce a name to SOCKS 4a
plain_ipv4 = ipv4.filter(lambda host: not host.startswith("0.0.0.") or host == "0.0.0.0")

Case = tuple[Callable[[Any], bytes], Callable[[bytes], tuple[Any, int] | None], st.SearchStrategy[Any]]
CASES: dict[str, Case] = {
    "greeting": (
        socks.emit_greeting,
        socks.parse_greeting,
        st.builds(Greeting, st.lists(octets, min_size=1, max_size=255).map(tuple)),
    ),
    "choice": (socks.emit_choice, socks.parse_choice, st.builds(Choice, octets)),
    "credentials": (socks.emit_credentials, socks.parse_credentials, st.builds(Credentials, texts, texts)),
    "auth status": (socks.emit_auth_status, socks.parse_auth_status, st.builds(AuthStatus, octets)),
    "request": (socks.emit_request, socks.parse_request, st.builds(Request, octets, hosts, ports)),
    "reply": (socks.emit_reply, socks.parse_reply, st.builds(Reply, octets, hosts, ports)),
    "request 4": (
        socks.emit_request4,
        socks.parse_request4,
        st.builds(Request4, octets, st.one_of(plain_ipv4, names), ports, texts.filter(lambda user: "\0" not in user)),
    ),
    "reply 4": (socks.emit_reply4, socks.parse_reply4, st.builds(Reply4, octets, ipv4, ports)),
}
SAMPLES: dict[str, list[bytes]] = {
    "greeting": [b"\x05\x02\0\x02", b"\x05\x01\0"],
    "choice": [b"\x05\0"],
    "credentials": [b"\x01\x03ann\x06secret"],
    "auth status": [b"\x01\0"],
    "request": [b"\x05\x01\0\x01\x7f\0\0\x01\0\x50", b"\x05\x01\0\x03\x0bexample.com\x01\xbb"],
    "reply": [b"\x05\0\0\x01\x7f\0\0\x01\0\x50", b"\x05\x04\0\x04" + bytes(15) + b"\x01\0\0"],
    "request 4": [b"\x04\x01\0\x50\x7f\0\0\x01ann\0", b"\x04\x01\0\x50\0\0\0\x01ann\0example.com\0"],
    "reply 4": [b"\0\x5a\0\x50\x7f\0\0\x01"],
}


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_what_is_emitted_is_parsed_again(name: str, data: st.DataObject) -> None:
    emit, parse, messages = CASES[name]
    message = data.draw(messages)
    octets = emit(message)
    assert parse(octets + b"rest") == (message, len(octets))


@pytest.mark.parametrize("name", CASES)
def test_cutting_changes_nothing(name: str) -> None:
    for sample in SAMPLES[name]:
        assert cuts(CASES[name][1], sample)[1] == len(sample)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", CASES)
def test_hostile_bytes(name: str) -> None:
    hammer(CASES[name][1], SAMPLES[name])


@pytest.mark.fuzz
def test_hostile_datagrams() -> None:
    hammer(socks.parse_datagram, [socks.emit_datagram(Datagram("example.com", 53, b"query"))])


@given(hosts, ports, st.binary(max_size=200), octets)
def test_datagrams_both_ways(host: str, port: int, data: bytes, fragment: int) -> None:
    datagram = Datagram(host, port, data, fragment)
    assert socks.parse_datagram(socks.emit_datagram(datagram)) == datagram


def test_literal_octets() -> None:
    assert socks.emit_request(Request(Verb.CONNECT, "192.0.2.1", 443)) == b"\x05\x01\0\x01\xc0\0\x02\x01\x01\xbb"
    assert socks.emit_request4(Request4(1, "192.0.2.1", 80, "ann")) == b"\x04\x01\0\x50\xc0\0\x02\x01ann\0"
    assert socks.emit_request4(Request4(1, "a.example", 80)) == b"\x04\x01\0\x50\0\0\0\x01\0a.example\0"
    assert socks.emit_reply(Reply(0, "::1", 1)) == b"\x05\0\0\x04" + bytes(15) + b"\x01\0\x01"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: socks.emit_request(Request(1, "fe80::1%eth0", 80)),
        lambda: socks.emit_request(Request(1, "a" * 256, 80)),
        lambda: socks.emit_request(Request(1, "", 80)),
        lambda: socks.emit_request(Request(1, "a\0b", 80)),
        lambda: socks.emit_request(Request(1, "a\r\nb", 80)),
        lambda: socks.emit_request(Request(1, "bücher.example", 80)),
        lambda: socks.emit_request(Request(256, "a", 80)),
        lambda: socks.emit_request(Request(1, "a", 65536)),
        lambda: socks.emit_request4(Request4(1, "::1", 80)),
        lambda: socks.emit_request4(Request4(1, "0.0.0.7", 80)),
        lambda: socks.emit_request4(Request4(1, "1.2.3.4", 80, "a\0b")),
        lambda: socks.emit_request4(Request4(1, "1.2.3.4", 80, "a" * 256)),
        lambda: socks.emit_reply4(Reply4(90, "::1")),
        lambda: socks.emit_greeting(Greeting(())),
        lambda: socks.emit_credentials(Credentials("", "x")),
        lambda: socks.emit_credentials(Credentials("ann", "x" * 256)),
        lambda: socks.emit_credentials(Credentials("ann", "x", "bob")),
        lambda: ClientHandshake(Request4(1, "1.2.3.4", 80), Credentials("ann", "x")),
    ],
)
def test_illegal_messages_are_never_emitted(wrong: Callable[[], object]) -> None:
    with pytest.raises(LocalProtocolError):
        wrong()


@pytest.mark.parametrize(
    ("parse", "data", "offset"),
    [
        (socks.parse_greeting, b"\x04", 0),
        (socks.parse_greeting, b"\x05\0", 1),
        (socks.parse_choice, b"H", 0),
        (socks.parse_request, b"\x05\x01\x01", 2),
        (socks.parse_request, b"\x05\x01\0\x02\0", 3),
        (socks.parse_request, b"\x05\x01\0\x03\0", 4),
        (socks.parse_request, b"\x05\x01\0\x03\x03a\nb\0\x50", 5),
        (socks.parse_credentials, b"\x01\0", 1),
        (socks.parse_credentials, b"\x01\x01\xff\x01a", 2),
        (socks.parse_request4, b"\x04\x01\0\x50\x7f\0\0\x01" + b"a" * 256, 8),
        (socks.parse_request4, b"\x04\x01\0\x50\0\0\0\x01\0\0", 9),
        (socks.parse_reply4, b"\x04", 0),
        (socks.parse_datagram, b"\0\0\0\x01\x7f", 5),
    ],
)
def test_errors_name_the_octet(parse: Callable[[bytes], object], data: bytes, offset: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse(data)
    assert caught.value.offset == offset
    assert caught.value.rule


def test_refusals_are_told_in_words() -> None:
    error = socks.refusal(Reply(5))
    assert error is not None
    assert (error.code, error.text) == (5, "connection refused")
    assert "connection refused" in str(error)
    assert socks.refusal(Reply(0)) is None
    assert socks.refusal(Reply4(90)) is None
    assert "identd" in str(socks.refusal(Reply4(92)))
    assert "unassigned" in str(socks.refusal(Reply(200)))


def converse(handshake: ClientHandshake, *answers: bytes) -> list[bytes]:
    """What the client says, with each answer arriving octet by octet."""
    said = [handshake.start()]
    said += [b"".join(handshake.receive(bytes((octet,))) for octet in answer) for answer in answers]
    return said


def test_handshake_without_password() -> None:
    handshake = ClientHandshake(Request(Verb.CONNECT, "example.com", 80))
    reply = socks.emit_reply(Reply(0, "192.0.2.9", 4000))
    said = converse(handshake, b"\x05\0", reply + b"220 hello")
    assert said == [b"\x05\x01\0", socks.emit_request(Request(1, "example.com", 80)), b""]
    assert handshake.reply == Reply(0, "192.0.2.9", 4000)
    assert handshake.unused == b"220 hello"


def test_handshake_with_password() -> None:
    handshake = ClientHandshake(Request(Verb.CONNECT, "example.com", 80), Credentials("ann", "secret"))
    said = converse(handshake, b"\x05\x02", b"\x01\0", socks.emit_reply(Reply(0)))
    assert said[0] == b"\x05\x02\0\x02"
    assert socks.parse_credentials(said[1]) == (Credentials("ann", "secret"), len(said[1]))
    assert said[2:] == [socks.emit_request(Request(1, "example.com", 80)), b""]
    assert handshake.reply is not None
    assert handshake.unused == b""


def test_handshake_of_version_4() -> None:
    handshake = ClientHandshake(Request4(Verb.CONNECT, "example.com", 80, "ann"))
    assert converse(handshake, b"\0\x5a\0\0\0\0\0\0tail")[0].endswith(b"ann\0example.com\0")
    assert handshake.reply == Reply4(90)
    assert handshake.unused == b"tail"


@pytest.mark.parametrize(
    ("credentials", "answers", "error"),
    [
        (None, [b"\x05\xff"], Unauthenticated),
        (Credentials("ann", "x"), [b"\x05\xff"], Unauthenticated),
        (Credentials("ann", "x"), [b"\x05\x02", b"\x01\x01"], Unauthenticated),
        (None, [b"\x05\0", socks.emit_reply(Reply(5))], PeerRefused),
        (None, [b"\x05\x02"], RemoteProtocolError),
        (None, [b"\x05\x01"], RemoteProtocolError),
        (None, [b"HTTP/1.1 400 Bad Request\r\n"], RemoteProtocolError),
    ],
)
def test_handshakes_that_fail(credentials: Credentials | None, answers: list[bytes], error: type[Exception]) -> None:
    handshake = ClientHandshake(Request(Verb.CONNECT, "example.com", 80), credentials)
    with pytest.raises(error):
        converse(handshake, *answers)
    assert handshake.reply is None


def test_an_answer_before_the_question_is_refused() -> None:
    handshake = ClientHandshake(Request(Verb.CONNECT, "example.com", 80))
    handshake.start()
    with pytest.raises(RemoteProtocolError):
        handshake.receive(b"\x05\0" + socks.emit_reply(Reply(0)))


def test_passwords_are_not_shown() -> None:
    credentials = Credentials("ann", "canary")
    assert "canary" not in repr(credentials) + str(credentials) + repr(credentials.__rich_repr__())
