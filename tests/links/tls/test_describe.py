"""A finished handshake as a record, odd certificates included."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from netloom.errors import TLSError
from netloom.links.tls import ClientTLS, TLSLayer
from netloom.links.tls.describe import describe
from netloom.links.virtual import run
from tests.links.tls.ends import serving, shaken, streams

if TYPE_CHECKING:
    from pathlib import Path

    from tests.worlds import Certificates


class TestAgreement:
    def test_what_was_agreed_on(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, server = streams()
            ours, theirs = await shaken(
                client,
                server,
                ClientTLS(ca=certificates.ca, alpn=("h2", "http/1.1")),
                serving(certificates, alpn=("http/1.1",)),
            )
            told = describe(ours)
            assert told.version == "TLS 1.3"
            assert told.cipher.startswith("TLS_")
            assert told.alpn == "http/1.1"
            assert told.group
            assert told.verified
            assert not told.problem
            assert not told.resumed
            assert told.chain[0].names == ["localhost", "127.0.0.1", "::1"]
            assert told.chain[0].issuer == "CN=test authority"
            assert told.chain[0].key == "ECDSA secp256r1"
            assert told.expires_in == pytest.approx(90 * 86400, abs=7200)
            assert client.trace is not None
            assert client.trace.tls == told or client.trace.tls is not None
            server_side = describe(theirs)
            assert (server_side.alpn, server_side.server_name, server_side.chain) == ("http/1.1", "localhost", [])

        run(main())


class TestOddCertificates:
    def test_what_cannot_be_read_is_told_and_breaks_nothing(self, tmp_path: Path) -> None:
        """A certificate whose name is no text: OpenSSL takes it, the library that reads it doesn't."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "oddxname")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("oddxname")]), False)
            .sign(key, SHA256())
        )
        before, _, after = certificate.public_bytes(Encoding.DER).rpartition(b"oddxname")
        odd = before + b"odd\xff\xfeame" + after
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.use_certificate(x509.load_der_x509_certificate(odd))
        context.use_privatekey(key)

        class Odd:
            def __init__(self) -> None:
                self.context = context

        async def main(verify: bool) -> Any:
            client, server = streams()
            theirs: Any = Odd()
            ours, _ = await shaken(client, server, ClientTLS(verify=verify), theirs, "oddxname")
            assert client.trace is not None
            return ours, client.trace.tls

        refused, told = run(main(True))
        assert isinstance(refused, TLSError)
        assert told is not None
        layer, told = run(main(False))
        assert isinstance(layer, TLSLayer)
        assert told.problem
        assert not told.verified
