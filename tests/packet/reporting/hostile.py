"""A summary in which every text is what somebody could put into a capture to harm whoever reads a report."""

from __future__ import annotations

from typing import Any

import msgspec

from netloom.packet.summing.record import Summary

MARKUP = "<script>alert(1)</script><img src=http://192.0.2.1/x onerror=alert(1)>"
QUOTES = '"\'><svg onload=alert(1)> style="background:url(http://192.0.2.1/)"'
TURNED = "user\u202egnp.exe\u200b\x00\x1b[31m\r\n| x |"
LINKS = "[a](http://192.0.2.1/) ![b](//192.0.2.1/c) www.evil.example http://evil.example `code` *x* ~~y~~ <b>"
ALL = " ".join((MARKUP, QUOTES, TURNED, LINKS))


def spoilt(summary: Summary, words: str = ALL) -> Summary:
    """The summary with all of its texts replaced."""
    return msgspec.convert(_spoilt(msgspec.to_builtins(summary), words), Summary)


def _spoilt(value: Any, words: str) -> Any:
    if isinstance(value, str):
        return words
    if isinstance(value, dict):
        return {key: _spoilt(item, words) for key, item in value.items()}
    return [_spoilt(item, words) for item in value] if isinstance(value, list | tuple) else value
