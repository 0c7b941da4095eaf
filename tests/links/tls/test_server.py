"""The server's side of TLS: its certificate and its renewal, protocols, clients' certificates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netloom.errors import TLSError, UsageError
from netloom.links.tls import ClientTLS, ServerTLS, secure
from netloom.links.tls.describe import describe
from netloom.links.virtual import run
from tests.links.tls.ends import serving, shaken, streams

if TYPE_CHECKING:
    from tests.worlds import Certificates


class TestProtocols:
    def test_no_protocol_in_common(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, server = streams()
            ours, theirs = await shaken(
                client, server, ClientTLS(ca=certificates.ca, alpn=("h2",)), serving(certificates, alpn=("smtp",))
            )
            assert "ALPN" in ours.message
            assert "ALPN" in theirs.message

        run(main())

    @pytest.mark.parametrize("name", ["", "é", "x" * 256])
    def test_what_alpn_cannot_say(self, name: str, certificates: Certificates) -> None:
        async def main() -> None:
            client, _ = streams()
            with pytest.raises(UsageError, match="alpn="):
                await secure(client, "localhost", ClientTLS(alpn=(name,)))
            with pytest.raises(UsageError, match="alpn="):
                serving(certificates, alpn=(name,))

        run(main())


class TestClientCertificates:
    def test_one_that_is_vouched_for(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, server = streams()
            config = ClientTLS(ca=certificates.ca, cert=certificates.client)
            _, theirs = await shaken(client, server, config, serving(certificates, client_ca=certificates.ca))
            told = describe(theirs)
            assert told.verified
            assert told.chain[0].subject == "CN=ann"

        run(main())

    @pytest.mark.parametrize("which", ["", "stray_client"])
    def test_none_or_a_strangers(self, which: str, certificates: Certificates) -> None:
        async def main() -> None:
            client, server = streams()
            config = ClientTLS(ca=certificates.ca, cert=getattr(certificates, which) if which else "")
            _, theirs = await shaken(client, server, config, serving(certificates, client_ca=certificates.ca))
            assert isinstance(theirs, TLSError)
            assert ("whom this system doesn't trust" if which else "no certificate") in theirs.message
            # In TLS 1.3 the client has finished by then: it learns of it with the first read.
            with pytest.raises(TLSError, match=r"certificate|issuer"):
                await client.read()

        run(main())


class TestReload:
    def test_new_connections_get_the_new_certificate(self, certificates: Certificates, tmp_path: Path) -> None:
        place = tmp_path / "cert.pem"
        place.write_bytes(Path(certificates.good).read_bytes())
        config = ServerTLS.from_files(str(place), str(place))

        async def main() -> None:
            client, server = streams()
            ours, _ = await shaken(client, server, ClientTLS(ca=certificates.ca), config)
            first = describe(ours).chain[0].fingerprint
            place.write_bytes(Path(certificates.wrong_name).read_bytes())
            config.reload()
            await client.write(b"still there\n")
            assert await server.read_line() == b"still there\n"
            client, server = streams()
            ours, _ = await shaken(client, server, ClientTLS(ca=certificates.ca), config, "elsewhere.example")
            second = describe(ours).chain[0].fingerprint
            assert first != second
            place.write_text("junk")
            with pytest.raises(UsageError):
                config.reload()
            client, server = streams()
            ours, _ = await shaken(client, server, ClientTLS(ca=certificates.ca), config, "elsewhere.example")
            assert describe(ours).chain[0].fingerprint == second, "the old one is kept"

        run(main())
