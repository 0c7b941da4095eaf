"""ClientHellos: real ones, cut anywhere, and hostile."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire import tls_hello
from netloom.wire.tls_hello import ClientHello, Reader, emit, message_in, parse

NAME = b"\0\x0e\0\0\x0bexample.com"
HELLO = ClientHello(
    ciphers=(0x1301, 0x00FF),
    extensions=(
        (0, NAME),
        (16, b"\0\x0c\x02h2\x08http/1.1"),
        (43, b"\x04\x03\x04\x03\x03"),
        (13, b"\0\x04\x04\x03\x08\x04"),
    ),
)

numbers = st.integers(0, 0xFFFF)
hellos = st.builds(
    ClientHello,
    version=numbers,
    random=st.binary(min_size=32, max_size=32),
    session=st.binary(max_size=32),
    ciphers=st.lists(numbers, max_size=40).map(tuple),
    compressions=st.binary(max_size=3),
    extensions=st.lists(st.tuples(numbers, st.binary(max_size=60)), max_size=20).map(tuple),
)


def records(message: bytes, size: int = 1 << 14) -> bytes:
    """A message in records of so many octets."""
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + len(piece).to_bytes(2, "big") + piece for piece in pieces)


def openssl(name: bytes, *protocols: bytes) -> bytes:
    """What OpenSSL sends first."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_alpn_protos(list(protocols))
    engine = SSL.Connection(context, None)
    engine.set_connect_state()
    engine.set_tlsext_host_name(name)
    with pytest.raises(SSL.WantReadError):
        engine.do_handshake()
    return engine.bio_read(65_536)


def test_what_stands_in_it() -> None:
    assert parse(emit(HELLO)) == HELLO
    assert HELLO.server_name == b"example.com"
    assert HELLO.alpn == (b"h2", b"http/1.1")
    assert HELLO.versions == (0x0304, 0x0303)
    assert HELLO.signatures == (0x0403, 0x0804)
    assert HELLO.extension(99) is None


def test_the_octets() -> None:
    message = bytes.fromhex("01 00002b 0303" + "07" * 32 + "00 0002 1301 01 00 0000".replace(" ", ""))
    hello = parse(message)
    assert hello == ClientHello(random=b"\x07" * 32, ciphers=(0x1301,))
    assert emit(hello) == message
    assert (hello.server_name, hello.alpn, hello.versions, hello.signatures) == (b"", (), (), ())


def test_one_without_extensions_has_none() -> None:
    old = bytes.fromhex("01 000029 0301" + "07" * 32 + "00 0002 002f 01 00".replace(" ", ""))
    assert parse(old) == ClientHello(version=0x0301, random=b"\x07" * 32, ciphers=(0x2F,))


@settings(deadline=None)
@given(hellos)
def test_round_trip(hello: ClientHello) -> None:
    assert parse(emit(hello)) == hello


def test_a_message_is_read_alone() -> None:
    with pytest.raises(RemoteProtocolError, match="follow"):
        parse(emit(HELLO) + b"x")


def test_what_does_not_fit_is_not_sent() -> None:
    for wrong in (ClientHello(random=b"short"), ClientHello(session=bytes(256)), ClientHello(ciphers=(1 << 16,))):
        with pytest.raises(LocalProtocolError):
            emit(wrong)


def test_openssl_in_pieces() -> None:
    stream = openssl(b"a.example", b"h2", b"http/1.1")
    whole = Reader().feed(stream)
    assert whole is not None
    assert (whole.server_name, whole.alpn) == (b"a.example", (b"h2", b"http/1.1"))
    assert 0x0304 in whole.versions
    for cut in range(1, len(stream)):
        reader = Reader()
        assert reader.feed(stream[:cut]) is None
        assert reader.feed(stream[cut:]) == whole
    reader = Reader()
    assert [reader.feed(stream[at : at + 1]) for at in range(len(stream))] == [None] * (len(stream) - 1) + [whole]


@settings(deadline=None)
@given(hellos, st.integers(1, 300))
def test_records_of_any_size(hello: ClientHello, size: int) -> None:
    stream = records(emit(hello), size)
    assert Reader().feed(stream + b"more") == hello
    reader = Reader()
    pieces = [reader.feed(stream[at : at + 7]) for at in range(0, len(stream), 7)]
    assert pieces == [None] * (len(pieces) - 1) + [hello]


@pytest.mark.parametrize(
    "stream",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x16\x02\x01\0\x05hello",
        b"\x16\x03\x01\0\0",
        b"\x16\x03\x01\xff\xff",
        b"\x17\x03\x01\0\x05hello",
        records(b"\x02\0\0\x01x"),
        records(b"\x01\xff\xff\xff"),
        records(b"\x01\0\0\x01x"),
    ],
)
def test_what_is_none(stream: bytes) -> None:
    reader = Reader()
    with pytest.raises(RemoteProtocolError):
        reader.feed(stream)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (0, b"\0\xff"),
        (0, b"\0\x03\0\0\x09"),
        (16, b"\0\x02\x05h"),
        (43, b"\x03\x03\x04\x03"),
        (13, b"\0\x01\x04"),
        (16, b"x"),
    ],
)
def test_a_broken_extension(kind: int, data: bytes) -> None:
    hello = parse(emit(ClientHello(extensions=((kind, data),))))
    with pytest.raises(RemoteProtocolError) as caught:
        _ = (hello.server_name, hello.alpn, hello.versions, hello.signatures)
    assert caught.value.rule


def test_a_name_of_another_kind_is_passed_over() -> None:
    assert ClientHello(extensions=((0, b"\0\x04\x01\0\x01x"),)).server_name == b""
    assert ClientHello(extensions=((0, b"\0\x08\x01\0\x01x\0\0\x01y"),)).server_name == b"y"
    assert ClientHello(extensions=((0, b""),)).server_name == b""


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_octets(data: bytes) -> None:
    for read in (parse, Reader().feed, lambda octets: Reader().feed(b"\x16\x03\x01\x01\x00" + octets), message_in):
        try:
            hello = read(data)
            if isinstance(hello, ClientHello):
                _ = (hello.server_name, hello.alpn, hello.versions, hello.signatures)
        except RemoteProtocolError:
            pass


@settings(deadline=None)
@given(st.integers(0, 200), st.binary(max_size=4))
def test_a_changed_hello(at: int, other: bytes) -> None:
    message = bytearray(emit(HELLO))
    message[at : at + len(other)] = other
    try:
        hello = parse(bytes(message))
        _ = (hello.server_name, hello.alpn, hello.versions, hello.signatures)
    except RemoteProtocolError:
        pass


def test_a_message_is_bounded() -> None:
    with pytest.raises(RemoteProtocolError, match="of 65537 octets"):
        message_in(b"\x01" + (tls_hello.MOST - 3).to_bytes(3, "big"))
    assert message_in(b"\x01" + (tls_hello.MOST - 4).to_bytes(3, "big")) is None
