"""Certificates and keys from files, and key logs into one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from netloom.errors import CapabilityError, UsageError
from netloom.links.tls import ClientTLS, ServerTLS, accept, secure
from netloom.links.virtual import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.worlds import Certificates


from tests.links.tls.ends import serving, streams


class TestFiles:
    @pytest.mark.parametrize(
        ("cert", "key", "words"),
        [
            ("nowhere.pem", "", "can't be read"),
            ("good", "client", "don't belong together"),
            ("ca", "", "no usable certificate"),
            ("junk", "", "no usable certificate"),
            ("locked", "", "no usable certificate"),
        ],
    )
    def test_unusable_files(self, cert: str, key: str, words: str, certificates: Certificates, tmp_path: Path) -> None:
        (tmp_path / "junk.pem").write_text("junk")
        locked = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
        )
        (tmp_path / "locked.pem").write_bytes(Path(certificates.ca).read_bytes() + locked)

        def place(name: str) -> str:
            return getattr(certificates, name, None) or str(tmp_path / f"{name.removesuffix('.pem')}.pem")

        async def main() -> None:
            client, _ = streams()
            with pytest.raises(UsageError, match=words):
                await secure(client, "localhost", ClientTLS(cert=place(cert), key=place(key) if key else ""))

        run(main())
        with pytest.raises(UsageError, match=words):
            ServerTLS.from_files(place(cert), place(key) if key else place(cert))

    def test_unusable_issuers(self, certificates: Certificates, tmp_path: Path) -> None:
        junk = tmp_path / "junk"
        junk.write_text("junk")

        async def main(ca: str) -> None:
            client, _ = streams()
            with pytest.raises(UsageError, match="ca="):
                await secure(client, "localhost", ClientTLS(ca=ca))

        for ca in (str(tmp_path / "nowhere"), "x" * 300, str(junk)):
            run(main(ca))
            with pytest.raises(UsageError, match="client_ca="):
                serving(certificates, client_ca=ca)


class TestKeyLog:
    def test_into_the_file_that_sslkeylogfile_names(
        self, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = tmp_path / "keys"
        monkeypatch.setenv("SSLKEYLOGFILE", str(place))
        self._shake(certificates)
        lines = place.read_text().splitlines()
        labels = {line.split()[0] for line in lines}
        assert {"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", "SERVER_HANDSHAKE_TRAFFIC_SECRET"} <= labels
        assert all(len(line.split()) == 3 for line in lines)
        assert place.stat().st_mode & 0o777 == 0o600

    def test_one_that_cannot_be_written_is_told_before(
        self, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "nowhere" / "keys"))
        with pytest.raises(CapabilityError, match="SSLKEYLOGFILE"):
            serving(certificates)

        async def main() -> None:
            client, _ = streams()
            with pytest.raises(CapabilityError, match="SSLKEYLOGFILE"):
                await secure(client, "localhost", ClientTLS())

        run(main())

    def test_to_whoever_asks(self, certificates: Certificates) -> None:
        ours: list[bytes] = []
        theirs: list[bytes] = []
        self._shake(certificates, ours.append, theirs.append)
        assert ours
        assert sorted(ours) == sorted(theirs), "both sides know the same secrets"

    def test_to_nobody_else(self, certificates: Certificates, tmp_path: Path) -> None:
        self._shake(certificates)
        assert list(tmp_path.iterdir()) == []

    def _shake(self, certificates: Certificates, *logs: Callable[[bytes], None]) -> None:
        async def main() -> None:
            client, server = streams()
            ours, theirs = logs or (None, None)
            await asyncio.gather(
                secure(client, "localhost", ClientTLS(ca=certificates.ca), ours),
                accept(server, serving(certificates), theirs),
            )
            await server.write(b"x")  # the client's last secrets are there once the server's words are
            await client.read()

        run(main())
