"""What leaves an operation: frozen, typed records with a published JSON schema. No behaviour."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from netloom.errors import Phase, Status


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The root of everything that is emitted."""

    deed: ClassVar[str] = ""
    """What was done, where records of a kind are counted by it."""


class Message(Record, frozen=True):
    """A unit of what is sent and heard: a line, a datagram, a publication, a mail."""

    topic: str = ""
    payload: bytes = b""
    sender: str = ""
    retain: bool = False
    properties: dict[str, str] = {}


class Entry(Record, frozen=True, kw_only=True):
    """One thing in a listing. `size` in bytes, `modified` in Unix seconds, where they are known."""

    name: str
    path: str = ""
    kind: str = "file"
    size: int | None = None
    modified: float | None = None
    value: Any = None


class Address(Record, frozen=True, kw_only=True):
    """One address that was tried, and its fate. `duration` in seconds."""

    address: str
    port: int = 0
    family: str
    fate: Status
    duration: float
    message: str = ""


class Certificate(Record, frozen=True, kw_only=True):
    """One certificate of a chain. Times in Unix seconds; `fingerprint` is the SHA-256 of its DER, in hex."""

    subject: str
    issuer: str
    serial: str
    not_before: float
    not_after: float
    names: list[str]
    key: str
    signature: str
    fingerprint: str


class TLS(Record, frozen=True, kw_only=True):
    """What a TLS handshake agreed on. `expires_in` is seconds until the first certificate of the chain expires."""

    version: str
    cipher: str
    alpn: str = ""
    server_name: str = ""
    verified: bool
    problem: str = ""
    resumed: bool = False
    group: str = ""
    expires_in: float | None = None
    chain: list[Certificate] = []


class Outcome(Record, frozen=True, kw_only=True):
    """How one attempt at one endpoint ended: the fields that every operation's record shares.

    `started_at` in Unix seconds, `duration` and `phases` in seconds. `phase` is where the attempt stood when it ended
    (null after a success), `message` says what happened and `hint` what to try.
    """

    endpoint: str
    protocol: str
    status: Status
    phase: Phase | None = None
    message: str = ""
    hint: str = ""
    started_at: float
    duration: float
    phases: dict[str, float]
    address: str = ""
    addresses: list[Address] = []
    tls: TLS | None = None


class ProbeRecord(Outcome, frozen=True, kw_only=True):
    """A probe's outcome: `facts` has what a specialist of the protocol looks at."""

    summary: str = ""
    facts: dict[str, Any] = {}


class ReplyRecord(Outcome, frozen=True, kw_only=True):
    """What a verb brought. `meta` is the protocol's own; `body` is set for bytes, `value` for structured answers."""

    meta: dict[str, Any] = {}
    body: bytes | None = None
    value: Any = None
    size: int = 0
    exit_status: int | None = None
    saved_to: str = ""


class EntryRecord(Outcome, frozen=True, kw_only=True):
    """One entry of a listing, or the end of it (`entry` is null)."""

    entry: Entry | None = None


class MessageRecord(Outcome, frozen=True, kw_only=True):
    """One message that was heard, or the end of listening (`heard` is null)."""

    heard: Message | None = None


class ServingRecord(Record, frozen=True, kw_only=True):
    """A server that listens now. `endpoint` is the real one, with the port which the kernel chose.

    `trust` are the options with which a client knows this very server: `ca` for TLS, `hostkey` for SSH.
    """

    endpoint: str
    protocol: str
    content: str
    accounts: list[str] = []
    trust: dict[str, str] = {}
    note: str = ""


class AccessRecord(Record, frozen=True, kw_only=True):
    """One thing that a peer did at a server of ours. `duration` in seconds, `size` in bytes."""

    deed = "served"
    at: float
    endpoint: str
    protocol: str
    peer: str
    user: str = ""
    verb: str
    target: str = ""
    status: str = ""
    size: int = 0
    duration: float = 0.0


class Cell(Record, frozen=True, kw_only=True):
    """One cell of the matrix: whether a protocol and an operation meet, and why not where they don't."""

    protocol: str
    operation: str
    status: str
    reason: str = ""


class Said(Record, frozen=True, kw_only=True):
    """One thing that one side said, in words: a passive decoder's output. `sender` is client or server."""

    sender: str
    words: str
    size: int = 0


class Step(Record, frozen=True, kw_only=True):
    """A verb that was tried, and what came of it; the names in a listing are the reply's value."""

    protocol: str
    verb: str
    reply: ReplyRecord


class Note(Record, frozen=True, kw_only=True):
    """Words for people: an explanation, a step of the demo."""

    title: str
    text: str = ""
    value: Any = None
