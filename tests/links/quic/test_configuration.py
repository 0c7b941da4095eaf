from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.links.quic import configuration
from netloom.links.tls import ClientTLS
from netloom.links.virtual import run
from tests.links.http.lab import hello
from tests.links.http.lab_h3 import WINDOWS, authority, ca, head, serving_h3, tls

if TYPE_CHECKING:
    from pathlib import Path


def test_a_server_shows_its_certificate() -> None:
    made = configuration.for_server(tls(), ("h3",), WINDOWS, 30.0)
    assert made.certificate is not None
    assert (made.max_data, made.max_stream_data, made.idle_timeout) == (WINDOWS.connection, WINDOWS.stream, 30.0)
    assert made.alpn_protocols == ["h3"]


def test_clients_cannot_be_asked_for_theirs() -> None:
    with pytest.raises(UsageError, match="client certificates"):
        configuration.for_server(tls(client_ca=ca()), ("h3",), WINDOWS, 30.0)


def test_a_client_shows_its_own_where_it_is_asked(tmp_path: Path) -> None:
    issued = authority().issue(["ann"])
    (tmp_path / "both.pem").write_bytes(issued.cert_pem + issued.key_pem)
    named = ClientTLS(cert=str(tmp_path / "both.pem"), alpn=("h3",))
    assert configuration.for_client(named, "a", WINDOWS, 30.0, None).private_key is not None
    (tmp_path / "none.pem").write_text("nothing")
    with pytest.raises(UsageError):
        configuration.for_client(ClientTLS(cert=str(tmp_path / "none.pem")), "a", WINDOWS, 30.0, None)
    with pytest.raises(UsageError):
        configuration.for_client(ClientTLS(cert=str(tmp_path / "missing.pem")), "a", WINDOWS, 30.0, None)


def test_secrets_are_kept_where_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(file))

    async def main() -> None:
        async with serving_h3(hello) as place:
            peer = await place.raw()
            await peer.answered(peer.ask(head()))

    run(main())
    labels = {line.split()[0] for line in file.read_text().splitlines()}
    assert {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"} <= labels
    assert file.stat().st_mode & 0o77 == 0
