"""RDAP."""

from __future__ import annotations

import json

from netloom.contents.registrations.example import EXAMPLE
from netloom.wire import rdap
from tests.security.parsers.parser import Parser

_BOOTSTRAP = json.dumps({
    "version": "1.0", "services": [[["test", "a.b"], ["https://h/"]], [["192.0.2.0/24", "1-5"], ["https://h/"]]]
}).encode()  # fmt: skip
_ANSWERS = [json.dumps(one).encode() for one in EXAMPLE[:4]]
_QUERIES = [b"domain/example.test", b"ip/192.0.2.0/24", b"domains?name=ex*", b"help"]


def _query(said: bytes) -> object:
    path, _, query = said.decode("latin-1").partition("?")
    return rdap.parse_query(path, query), rdap.is_query(path)


def _answer(said: bytes) -> object:
    one = rdap.parse_answer(said)
    return rdap.name_of(one), rdap.holder_of(one), rdap.full_name(one), rdap.events_of(one)


def _bootstrap(said: bytes) -> object:
    found = rdap.parse_bootstrap(said)
    return [found.find(rdap.Query(kind, "192.0.2.1")) for kind in rdap.LOOKUPS]


PARSERS = {
    "rdap, a query": Parser(_query, _QUERIES),
    "rdap, an answer": Parser(_answer, _ANSWERS),
    "rdap, a bootstrap file": Parser(_bootstrap, [_BOOTSTRAP]),
}
SAID = {
    "rdap": [
        b"GET /rdap/domain/example.test HTTP/1.1\r\nHost: h\r\nAccept: application/rdap+json\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/rdap+json\r\nContent-Length: %d\r\n\r\n%b"
        % (len(_ANSWERS[0]), _ANSWERS[0]),
    ]
}
