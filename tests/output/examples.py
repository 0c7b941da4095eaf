"""Records and views that tests of output share."""

from __future__ import annotations

from typing import Any

from netloom import registry
from netloom.endpoint import Endpoint
from netloom.errors import Phase, Status
from netloom.output import View, Writer, named
from netloom.records import TLS, Address, Certificate, ProbeRecord, Record, ReplyRecord

CERTIFICATE = Certificate(
    subject="CN=example.com",
    issuer="CN=R11",
    serial="0a",
    not_before=1_700_000_000.0,
    not_after=1_800_000_000.0,
    names=["example.com", "www.example.com"],
    key="EC 256",
    signature="ecdsa-with-SHA256",
    fingerprint="ab" * 32,
)
SECURE = TLS(
    version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", verified=True, expires_in=864_000.0, chain=[CERTIFICATE]
)


def probed(**changes: Any) -> ProbeRecord:
    """A probe that went well."""
    fields: dict[str, Any] = {
        "endpoint": "https://example.com",
        "protocol": "http",
        "status": Status.SUCCESS,
        "started_at": 1_790_000_000.0,
        "duration": 0.084,
        "phases": {
            "resolve": 0.004,
            "connect": 0.01,
            "tls": 0.04,
            "request": 0.001,
            "first_byte": 0.02,
            "transfer": 0.009,
        },
        "address": "192.0.2.1:443",
        "addresses": [Address(address="192.0.2.1", port=443, family="ipv4", fate=Status.SUCCESS, duration=0.01)],
        "tls": SECURE,
        "summary": "200 OK · HTTP/2",
        "facts": {"status": 200, "version": "HTTP/2", "redirects": [], "headers": {"Content-Type": "text/html"}},
    }
    return ProbeRecord(**(fields | changes))


def refused(**changes: Any) -> ProbeRecord:
    """A probe that found nobody."""
    fields: dict[str, Any] = {
        "endpoint": "tcp://127.0.0.1:9",
        "protocol": "tcp",
        "status": Status.REFUSED,
        "phase": Phase.CONNECT,
        "message": "nothing listens there",
        "hint": "is the server running?",
        "started_at": 1_790_000_000.0,
        "duration": 0.001,
        "phases": {"resolve": 0.0, "connect": 0.001},
    }
    return ProbeRecord(**(fields | changes))


def reply(**changes: Any) -> ReplyRecord:
    """A reply with a body."""
    fields: dict[str, Any] = {
        "endpoint": "http://127.0.0.1/",
        "protocol": "http",
        "status": Status.SUCCESS,
        "started_at": 1_790_000_000.0,
        "duration": 0.002,
        "phases": {"connect": 0.001, "first_byte": 0.001},
        "meta": {"status": 200, "reason": "OK"},
        "body": b"hello\n",
        "size": 6,
    }
    return ReplyRecord(**(fields | changes))


def view(operation: str = "probe", **changes: Any) -> View:
    """Where the output of an operation goes: a pipe, unless something else is said."""
    return View(operation=registry.operation(operation), **changes)


def request(operation: str, *targets: str, **fields: Any) -> Any:
    """A request that aims at these."""
    return registry.operation(operation).request(targets=[Endpoint.parse(target) for target in targets], **fields)


def written(writer: Writer, *records: Record, interrupted: bool = False) -> str:
    """All that a writer makes of the records."""
    pieces = [*(writer.record(record) for record in records), writer.end(interrupted=interrupted)]
    return "".join(piece.decode() if isinstance(piece, bytes) else piece for piece in pieces)


def made(name: str, *records: Record, operation: str = "probe", **changes: Any) -> str:
    """What a format makes of the records."""
    return written(named(name).writer(view(operation, **changes)), *records)
