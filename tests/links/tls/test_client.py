"""The client's side of TLS: whom it asks for, whom it believes, what it refuses."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from OpenSSL import SSL

from netloom.errors import RemoteProtocolError, TLSError, UsageError
from netloom.links.tls import ClientTLS, TLSLayer, accept, secure
from netloom.links.tls.describe import describe
from netloom.links.virtual import run
from tests.links.tls.ends import serving, shaken, streams

if TYPE_CHECKING:
    from tests.worlds import Certificates


class TestNames:
    @pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "localhost."])
    def test_names_and_addresses_are_checked(self, name: str, certificates: Certificates) -> None:
        async def main() -> None:
            client, server = streams()
            _, theirs = await shaken(client, server, ClientTLS(ca=certificates.ca), serving(certificates), name)
            assert theirs.server_name == ("localhost" if "local" in name else ""), "an address isn't sent as SNI"

        run(main())

    @pytest.mark.parametrize("name", ["elsewhere.example", "10.0.0.1", "a_b", "xn--nxasmq6b"])
    def test_another_name_is_refused(self, name: str, certificates: Certificates) -> None:
        async def main() -> None:
            client, server = streams()
            ours, _ = await shaken(client, server, ClientTLS(ca=certificates.ca), serving(certificates), name)
            assert isinstance(ours, TLSError)
            assert f"not for {name}" in ours.message

        run(main())

    @pytest.mark.parametrize("name", ["a b", "a\0b", "é", "x" * 300])
    def test_what_can_be_no_name_is_the_callers_mistake(self, name: str) -> None:
        async def main() -> None:
            client, _ = streams()
            with pytest.raises(UsageError, match="server's name"):
                await secure(client, name, ClientTLS())

        run(main())


class TestVersions:
    def test_minimum_version(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, server = streams()
            old = serving(certificates)
            old.context.set_max_proto_version(SSL.TLS1_2_VERSION)
            ours, _ = await shaken(client, server, ClientTLS(ca=certificates.ca), old)
            assert describe(ours).version == "TLS 1.2"
            client, server = streams()
            ours, theirs = await shaken(client, server, ClientTLS(ca=certificates.ca, minimum="1.3"), old)
            assert isinstance(ours, TLSError)
            assert "version" in ours.message
            assert isinstance(theirs, TLSError)

        run(main())

    def test_an_unknown_version_is_the_callers_mistake(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, _ = streams()
            with pytest.raises(UsageError, match="tls_minimum"):
                await secure(client, "localhost", ClientTLS(minimum="0.9"))

        run(main())
        with pytest.raises(UsageError, match="tls_minimum"):
            serving(certificates, minimum="2")


class TestSystemStore:
    def test_what_ssl_cert_file_names(self, certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
        async def main() -> Any:
            client, server = streams()
            return (await shaken(client, server, ClientTLS(), serving(certificates)))[0]

        refused = run(main())
        assert isinstance(refused, TLSError)
        assert "whom this system doesn't trust" in refused.message
        monkeypatch.setenv("SSL_CERT_FILE", certificates.ca)
        assert isinstance(run(main()), TLSLayer)
        monkeypatch.delenv("SSL_CERT_FILE")
        assert isinstance(run(main()), TLSError)

    @pytest.mark.parametrize("verify", [True, False])
    @pytest.mark.parametrize(
        ("file", "words"),
        [
            ("nowhere.pem", "can't be read: No such file"), ("x" * 300, "can't be read: File name too long"),
            ("loop", "can't be read: Too many levels"), ("folder", "can't be read: Is a directory"),
            ("junk", "holds no PEM certificate"), ("empty", "holds no PEM certificate"),
        ],
    )  # fmt: skip
    def test_an_ssl_cert_file_that_is_no_use_is_told(
        self, file: str, words: str, verify: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "loop").symlink_to("loop")
        (tmp_path / "folder").mkdir()
        (tmp_path / "junk").write_text("junk")
        (tmp_path / "empty").touch()

        async def main() -> None:
            client, _ = streams()
            with pytest.raises(UsageError, match=words) as caught:
                await secure(client, "localhost", ClientTLS(verify=verify))
            assert f"SSL_CERT_FILE={tmp_path / file}" in caught.value.message

        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / file))
        run(main())

    def test_one_that_changes_is_read_again(
        self, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def main() -> Any:
            client, server = streams()
            return (await shaken(client, server, ClientTLS(), serving(certificates)))[0]

        place = tmp_path / "store.pem"
        monkeypatch.setenv("SSL_CERT_FILE", str(place))
        place.write_bytes(Path(certificates.self_signed).read_bytes())
        assert isinstance(run(main()), TLSError)
        place.write_bytes(Path(certificates.ca).read_bytes())
        assert isinstance(run(main()), TLSLayer)

        async def alone() -> None:
            await secure(streams()[0], "localhost", ClientTLS())

        place.unlink()
        with pytest.raises(UsageError, match="can't be read"):
            run(alone())

    def test_an_empty_variable_is_none(self, monkeypatch: pytest.MonkeyPatch, certificates: Certificates) -> None:
        async def main() -> Any:
            client, server = streams()
            return (await shaken(client, server, ClientTLS(), serving(certificates)))[0]

        monkeypatch.setenv("SSL_CERT_FILE", "")
        assert isinstance(run(main()), TLSError)

    def test_a_file_that_changes_is_read_again(self, certificates: Certificates, tmp_path: Path) -> None:
        async def main() -> Any:
            client, server = streams()
            config = ClientTLS(ca=str(tmp_path / "ca.pem"))
            return (await shaken(client, server, config, serving(certificates)))[0]

        (tmp_path / "ca.pem").write_bytes(Path(certificates.self_signed).read_bytes())
        assert isinstance(run(main()), TLSError)
        (tmp_path / "ca.pem").write_bytes(Path(certificates.ca).read_bytes())
        assert isinstance(run(main()), TLSLayer)


class TestInjection:
    def test_bytes_before_the_handshake_are_refused(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, server = streams()
            await server.write(b"220 go\r\n250 injected\r\n")
            assert await client.read_line() == b"220 go\r\n"
            with pytest.raises(RemoteProtocolError, match="before the TLS handshake") as caught:
                await secure(client, "localhost", ClientTLS(ca=certificates.ca))
            assert caught.value.rule == "RFC 3207 §5"
            client, server = streams()
            await client.write(b"STARTTLS\r\nMAIL FROM:<>\r\n")
            await server.read_line()
            with pytest.raises(RemoteProtocolError, match="before the TLS handshake"):
                await accept(server, serving(certificates))

        run(main())

    def test_what_comes_after_is_no_part_of_the_secured_dialogue(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, server = streams()
            shaking = asyncio.ensure_future(secure(client, "localhost", ClientTLS(ca=certificates.ca)))
            await server.write(b"250 injected\r\n")
            with pytest.raises(TLSError, match="speaks something else"):
                await shaking

        run(main())
