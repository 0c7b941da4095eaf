"""CoAP's numbers and their names."""

from __future__ import annotations

from netloom.wire.coap import codes


def test_names() -> None:
    assert [codes.code_name(number) for number in (1, 7, 69, 0x84, 0xA5, 0x9F, 0x60)] == [
        "GET", "iPATCH", "2.05 Content", "4.04 Not Found", "5.05 Proxying Not Supported", "4.31", "3.00",
    ]  # fmt: skip
    assert (codes.dotted(0x84), codes.format_name(0), codes.format_name(9999)) == (
        "4.04",
        "text/plain",
        "content format 9999",
    )


def test_what_options_are() -> None:
    """RFC 7252 §5.10, RFC 7959 §2.1, RFC 9175, RFC 7967, RFC 8768: which are critical."""
    critical = {name for number, (name, *_) in codes.OPTIONS.items() if codes.is_critical(number)}
    assert critical == {
        "If-Match", "Uri-Host", "If-None-Match", "Uri-Port", "Uri-Path", "Uri-Query", "Accept", "Block2", "Block1",
        "Proxy-Uri", "Proxy-Scheme",
    }  # fmt: skip
    assert all(shortest <= longest for _, _, shortest, longest, _ in codes.OPTIONS.values())
