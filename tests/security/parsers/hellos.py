"""What is read of flows that nobody takes part in: ClientHellos of TLS and QUIC, and names in first payloads."""

from __future__ import annotations

from netloom.packet.flows.names import READERS
from netloom.packet.flows.tracked import TCP, UDP
from netloom.wire import ja4, quic_initial, tls_hello
from netloom.wire.dns import message as dns
from netloom.wire.dns.names import from_text
from netloom.wire.tls_hello import ClientHello
from tests.security.parsers.parser import Parser
from tests.wire.initials import crypto_frame, initial

_HELLO = ClientHello(
    ciphers=(0x1301, 0x0A0A),
    extensions=(
        (0, b"\0\x0e\0\0\x0bexample.com"),
        (16, b"\0\x0c\x02h2\x08http/1.1"),
        (43, b"\x04\x03\x04\x03\x03"),
        (13, b"\0\x04\x04\x03\x08\x04"),
    ),
)
_MESSAGE = tls_hello.emit(_HELLO)
_RECORD = b"\x16\x03\x01" + len(_MESSAGE).to_bytes(2, "big") + _MESSAGE
_PIECES = crypto_frame(0, _MESSAGE[:50]), crypto_frame(50, _MESSAGE[50:])
_FRAMES = b"\x01" + _PIECES[1] + b"\x02\x05\x01\x01\0\0\0" + _PIECES[0] + bytes(40)
_CHOSEN = b"chosen!!"
_ASKED = dns.emit(dns.Message(7, 0x100, (dns.Question(from_text("a.example."), 1),)))


def _fingerprint(said: bytes) -> object:
    hello = tls_hello.parse(said)
    return hello.server_name, ja4.ja4(hello)


def _opened(said: bytes) -> object:
    """Frames are hidden again, so that what stands in them is read."""
    return quic_initial.Reader().feed(initial(said, _CHOSEN))


PARSERS = {
    "ClientHello": Parser(_fingerprint, [_MESSAGE]),
    "ClientHello in records": Parser(lambda said: tls_hello.Reader().feed(said), [_RECORD]),
    "ClientHello of QUIC": Parser(_opened, [_FRAMES]),
    "Initials of QUIC": Parser(lambda said: list(quic_initial.initials(said)), [initial(_FRAMES, _CHOSEN)]),
    "names, dns over udp": Parser(lambda said: READERS["dns"](UDP).feed(0, said), [_ASKED]),
    "names, dns over tcp": Parser(lambda said: READERS["dns"](TCP).feed(0, said), [dns.framed(_ASKED)]),
    "names, tls": Parser(lambda said: READERS["tls"](TCP).feed(0, said), [_RECORD]),
}
