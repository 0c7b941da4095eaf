"""NTP."""

from __future__ import annotations

from netloom.wire import ntp
from tests.security.parsers.parser import Parser


def _ntp(said: bytes) -> object:
    found = ntp.parse(said)
    ntp.check_request(found)
    return found.reference_words, found.kiss_code


PARSERS = {
    "ntp": Parser(_ntp, [ntp.emit(ntp.request(1, 4))]),
}  # fmt: skip
SAID = {"ntp": [ntp.emit(ntp.request(1, 4))]}
