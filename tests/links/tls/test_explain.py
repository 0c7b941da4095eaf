"""TLS failures in words."""

from __future__ import annotations

from OpenSSL import SSL

from netloom.links.tls.explain import explain


def test_an_error_without_a_reason_has_words() -> None:
    assert explain(SSL.Error([])) == "closed without a reason"
    assert explain(SSL.SysCallError(-1, "Unexpected EOF")) == "the connection ended"
    assert explain(SSL.Error([("SSL routines", "", "unsupported protocol")])).startswith("the peer's TLS version")
    assert "odd" in explain(ValueError("odd"))
