from __future__ import annotations

import pytest

from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.errors import PeerRefused
from netloom.links.authority import Authority
from netloom.protocols.sse.source import _redirected  # what leads out of TLS has no other way to be met
from netloom.serving import Serving
from netloom.toolbox import Toolbox


def test_a_redirect_out_of_tls_is_not_followed() -> None:
    with pytest.raises(PeerRefused, match="leaves TLS"):
        _redirected(Endpoint.parse("sses://h/a"), "http://h/b")
    assert str(_redirected(Endpoint.parse("sse://h/a"), "https://x:444/b?c#d")) == "sses://x:444/b?c"


def test_the_same_socket() -> None:
    here = Endpoint.parse("sse+unix://%2Frun%2Fx/a")
    assert str(_redirected(here, "/b?c=d")) == "sse+unix://%2Frun%2Fx/b?c=d"
    assert str(_redirected(here, "http://h/b")) == "sse://h/b"


async def test_tls_and_what_it_agrees_on(tmp_path: object) -> None:
    authority = Authority.create()
    (tmp_path / "ca.pem").write_bytes(authority.certificate_pem)  # type: ignore[operator]

    async def drop(record: object) -> None:
        """Nobody reads."""

    async with Serving([Endpoint.parse("sses://127.0.0.1:0")], [Bus()], authority=authority) as serving:
        for version, wanted in (("", "2"), ("1.1", "1.1"), ("2", "2")):
            target = serving.endpoint.with_options([("ca", f"{tmp_path}/ca.pem"), ("version", version)])
            async with Toolbox(drop).attempt(target, 10.0) as attempt:
                answer = await attempt.client.source.events("", "")
                assert answer is not None
                assert answer.response.version == wanted
                await answer.close()
            assert attempt.error is None
