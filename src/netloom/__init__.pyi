"""netloom: every network protocol meets every network operation."""

# Written by scripts/stubs.py from the operations' requests; `make check` compares.

import builtins
import typing

from netloom.api import connect as connect
from netloom.api import serve as serve
from netloom.contents.app import App as App
from netloom.contents.bus import Bus as Bus
from netloom.contents.clock import Clock as Clock
from netloom.contents.echo import Echo as Echo
from netloom.contents.files import Files as Files
from netloom.contents.handler import Handler as Handler
from netloom.contents.mail import Mail as Mail
from netloom.contents.registers import Registers as Registers
from netloom.contents.registrations import Registrations as Registrations
from netloom.contents.service import Service as Service
from netloom.contents.shell import Shell as Shell
from netloom.contents.zone import Zone as Zone
from netloom.endpoint import Endpoint as Endpoint
from netloom.endpoint import Secret as Secret
from netloom.errors import Blocked as Blocked
from netloom.errors import CapabilityError as CapabilityError
from netloom.errors import ConnectError as ConnectError
from netloom.errors import ConnectionLost as ConnectionLost
from netloom.errors import DeadlineExceeded as DeadlineExceeded
from netloom.errors import ExpectationFailed as ExpectationFailed
from netloom.errors import LocalProtocolError as LocalProtocolError
from netloom.errors import NetloomError as NetloomError
from netloom.errors import NetworkError as NetworkError
from netloom.errors import PeerRefused as PeerRefused
from netloom.errors import Phase as Phase
from netloom.errors import ProtocolError as ProtocolError
from netloom.errors import RemoteProtocolError as RemoteProtocolError
from netloom.errors import ResolveError as ResolveError
from netloom.errors import Status as Status
from netloom.errors import TLSError as TLSError
from netloom.errors import Unauthenticated as Unauthenticated
from netloom.errors import Unsupported as Unsupported
from netloom.errors import UsageError as UsageError
from netloom.formats import convert as convert
from netloom.formats import dumps as dumps
from netloom.formats import loads as loads
from netloom.labs.lab import Stands
from netloom.operations.craft import Crafted
from netloom.operations.schema import Schema
from netloom.packet.captures.record import DamagedFile, Written
from netloom.packet.comparing.record import Comparison, FlowDifference, PacketDifference
from netloom.packet.flows.record import Flow
from netloom.packet.live.records import AnswerRecord, CaptureRecord, SentRecord
from netloom.packet.record import AnswerRow, PacketRecord
from netloom.packet.saving import Saved
from netloom.packet.streams.record import Archived, Met, Spoken, Taken
from netloom.packet.summing.record import Reported, Summary
from netloom.packet.tape.record import PlayedRecord
from netloom.records import TLS as TLS
from netloom.records import AccessRecord as AccessRecord
from netloom.records import Address as Address
from netloom.records import Cell as Cell
from netloom.records import Certificate as Certificate
from netloom.records import Entry as Entry
from netloom.records import EntryRecord as EntryRecord
from netloom.records import Message as Message
from netloom.records import MessageRecord as MessageRecord
from netloom.records import Note as Note
from netloom.records import Outcome as Outcome
from netloom.records import ProbeRecord as ProbeRecord
from netloom.records import Record as Record
from netloom.records import ReplyRecord as ReplyRecord
from netloom.records import Said as Said
from netloom.records import ServingRecord as ServingRecord
from netloom.records import Step as Step
from netloom.relaying.relay import Relayed
from netloom.runs import Run

__version__: str

def capture(
    interfaces: builtins.list[str] = ...,
    filter: str = ...,
    snap: int = ...,
    count: int = ...,
    seconds: float = ...,
    to: str = ...,
    rotate_size: int = ...,
    rotate_seconds: float = ...,
    files: int = ...,
    flows: bool = ...,
    idle: float = ...,
    active: float = ...,
    promiscuous: bool = ...,
    buffer: int = ...,
    descriptor: int = ...,
) -> Run[PacketRecord | Flow | CaptureRecord]:
    """Packets as they pass an interface, to look at or into files."""

def craft(
    packets: builtins.list[str] = ...,
    to: str = ...,
    overwrite: bool = ...,
    dissect: str = ...,
    link: int | None = ...,
    fuzz: int = ...,
    seed: int | None = ...,
) -> Run[Crafted | Written]:
    """Packets from words, as octets or a file; and octets in words."""

def demo(
    protocol: builtins.list[str] = ...,
) -> Run[Note | ServingRecord | Step | ProbeRecord | Cell]:
    """Every protocol at work on this machine, in seconds."""

def diff(
    files: builtins.list[str],
    ignore: builtins.list[str] = ...,
    window: float = ...,
    summary: bool = ...,
    filter: str = ...,
    strict: bool = ...,
) -> Run[PacketDifference | FlowDifference | Comparison | DamagedFile]:
    """A capture's packets in another one: lost, changed, late."""

def explain(
    terms: builtins.list[str] = ...,
) -> Run[Note]:
    """What a status, a phase or a term means."""

def flows(
    files: builtins.list[str],
    idle: float = ...,
    active: float = ...,
    seed: int = ...,
    *,
    strict: bool = ...,
    filter: str = ...,
    sql: str = ...,
    to: str = ...,
    overwrite: bool = ...,
) -> Run[Flow | AnswerRow | Saved | DamagedFile]:
    """Who talks to whom in captures, and how well."""

def follow(
    files: builtins.list[str],
    stream: int | None = ...,
    octets: bool = ...,
    extract: str = ...,
    limit: int = ...,
    har: str = ...,
    secrets: bool = ...,
    key_log: str = ...,
    *,
    strict: bool = ...,
    filter: str = ...,
) -> Run[Spoken | Met | Taken | Archived | DamagedFile]:
    """What was said on a capture's streams, and what was carried."""

def get(
    *targets: str | Endpoint,
    save: str = ...,
    resume: bool = ...,
    as_: str = ...,
    from_: str = ...,
    concurrency: int = ...,
    options: builtins.list[str] = ...,
    record: str = ...,
    secrets: bool = ...,
    deadline: float = ...,
) -> Run[ReplyRecord]:
    """Get what stands at an endpoint."""

def lab(
    file: str,
    check: bool = ...,
    reload: bool = ...,
    *,
    options: builtins.list[str] = ...,
    record: str = ...,
    secrets: bool = ...,
) -> Run[Stands | AccessRecord | Relayed | Note]:
    """Run a described network of servers, accounts and faults."""

def list(
    *targets: str | Endpoint,
    options: builtins.list[str] = ...,
    record: str = ...,
    secrets: bool = ...,
    deadline: float = ...,
) -> Run[EntryRecord]:
    """List what there is at an endpoint."""

def listen(
    target: str | Endpoint,
    count: int = ...,
    as_: str = ...,
    from_: str = ...,
    *,
    options: builtins.list[str] = ...,
    record: str = ...,
    secrets: bool = ...,
    deadline: float = ...,
) -> Run[MessageRecord | ServingRecord]:
    """Hear what an endpoint says, or what is said to it."""

def matrix(
    protocols: builtins.list[str] = ...,
) -> Run[Cell]:
    """Which protocol can do what."""

def merge(
    files: builtins.list[str],
    to: str = ...,
    overwrite: bool = ...,
    *,
    strict: bool = ...,
) -> Run[Written | DamagedFile]:
    """Many capture files into one, by time."""

def packets(
    files: builtins.list[str],
    count: int = ...,
    *,
    strict: bool = ...,
    filter: str = ...,
    sql: str = ...,
    to: str = ...,
    overwrite: bool = ...,
) -> Run[PacketRecord | AnswerRow | Saved | DamagedFile]:
    """The packets of captures, or a query on them."""

def probe(
    *targets: str | Endpoint,
    file: str = ...,
    expect: builtins.list[str] = ...,
    concurrency: int = ...,
    rate: float = ...,
    watch: float = ...,
    count: int = ...,
    options: builtins.list[str] = ...,
    record: str = ...,
    secrets: bool = ...,
    deadline: float = ...,
) -> Run[ProbeRecord]:
    """Is it there, does it answer rightly, and how long did each phase take?."""

def put(
    target: str | Endpoint,
    source: str = ...,
    as_: str = ...,
    from_: str = ...,
    *,
    options: builtins.list[str] = ...,
    record: str = ...,
    secrets: bool = ...,
    deadline: float = ...,
) -> Run[ReplyRecord]:
    """Store a file at an endpoint."""

def relay(
    *targets: str | Endpoint,
    sni: builtins.list[str] = ...,
    name: builtins.list[str] = ...,
    control: str = ...,
    account: builtins.list[str] = ...,
    deadline: float = ...,
    options: builtins.list[str] = ...,
    record: str = ...,
    secrets: bool = ...,
) -> Run[ServingRecord | Relayed]:
    """Carry connections on to elsewhere, with faults and recordings."""

def replay(
    files: builtins.list[str],
    deadline: float = ...,
    serve: builtins.list[str] = ...,
    call: builtins.list[str] = ...,
    match: typing.Literal["exact", "loose", "none"] = ...,
    stream: builtins.list[int] = ...,
    repeat: bool = ...,
    timing: bool = ...,
    limit: int = ...,
    key_log: str = ...,
    *,
    options: builtins.list[str] = ...,
    record: str = ...,
    secrets: bool = ...,
) -> Run[PlayedRecord | ServingRecord]:
    """Play the server's or the client's side of a recording."""

def report(
    files: builtins.list[str],
    to: str = ...,
    title: str = ...,
    overwrite: bool = ...,
    *,
    strict: bool = ...,
    filter: str = ...,
) -> Run[Reported | DamagedFile]:
    """A report of captures: one HTML page with charts, or Markdown."""

def rewrite(
    files: builtins.list[str],
    to: str = ...,
    address: builtins.list[str] = ...,
    port: builtins.list[str] = ...,
    mac: builtins.list[str] = ...,
    vlan: builtins.list[str] = ...,
    ttl: int | None = ...,
    anonymise: Secret | None = ...,
    shift: float = ...,
    at: str = ...,
    speed: float = ...,
    snap: int = ...,
    strip_secrets: bool = ...,
    truncate_payload: bool = ...,
    overwrite: bool = ...,
    *,
    strict: bool = ...,
    filter: str = ...,
) -> Run[Written | DamagedFile]:
    """A capture with other addresses, ports, tags, times or lengths."""

def run(
    target: str | Endpoint,
    command: str,
    on: builtins.list[str | Endpoint] = ...,
    concurrency: int = ...,
    *,
    options: builtins.list[str] = ...,
    record: str = ...,
    secrets: bool = ...,
    deadline: float = ...,
) -> Run[ReplyRecord]:
    """Run a command at an endpoint."""

def schema(
    operation: str,
    protocol: str = ...,
) -> Run[Schema]:
    """The JSON Schema of what an operation prints."""

def send(
    target: str | Endpoint,
    message: str = ...,
    topic: str = ...,
    retain: bool = ...,
    as_: str = ...,
    from_: str = ...,
    *,
    options: builtins.list[str] = ...,
    record: str = ...,
    secrets: bool = ...,
    deadline: float = ...,
) -> Run[ReplyRecord]:
    """Give a message to an endpoint."""

def send_packets(
    packets: builtins.list[str],
    interface: str = ...,
    rate: float = ...,
    speed: float = ...,
    top_speed: bool = ...,
    count: int = ...,
    answers: bool = ...,
    wait: float = ...,
    as_is: bool = ...,
    bypass: bool = ...,
) -> Run[AnswerRecord | SentRecord]:
    """Crafted or captured packets onto the wire, and what answers them."""

def split(
    files: builtins.list[str],
    to: str = ...,
    packets: int | None = ...,
    seconds: float | None = ...,
    size: int | None = ...,
    by: typing.Literal["flow", "pair", "host"] | None = ...,
    max_files: int = ...,
    overwrite: bool = ...,
    *,
    strict: bool = ...,
) -> Run[Written | DamagedFile]:
    """A capture into many files: by number, time, size, flow or host."""

def summary(
    files: builtins.list[str],
    top: int = ...,
    *,
    strict: bool = ...,
    filter: str = ...,
) -> Run[Summary | DamagedFile]:
    """What captures hold as a whole, and what looks wrong."""
