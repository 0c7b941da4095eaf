"""netloom: every network protocol meets every network operation."""

# Written by scripts/stubs.py from the operations' requests; `make check` compares.

import builtins

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
from netloom.operations.schema import Schema
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
from netloom.runs import Run

__version__: str

def demo(
    protocol: builtins.list[str] = ...,
) -> Run[Note | ServingRecord | Step | ProbeRecord | Cell]:
    """Every protocol at work on this machine, in seconds."""

def explain(
    terms: builtins.list[str] = ...,
) -> Run[Note]:
    """What a status, a phase or a term means."""

def get(
    *targets: str | Endpoint,
    save: str = ...,
    resume: bool = ...,
    concurrency: int = ...,
    options: builtins.list[str] = ...,
    deadline: float = ...,
    record: str = ...,
) -> Run[ReplyRecord]:
    """Get what stands at an endpoint."""

def list(
    *targets: str | Endpoint,
    options: builtins.list[str] = ...,
    deadline: float = ...,
    record: str = ...,
) -> Run[EntryRecord]:
    """List what there is at an endpoint."""

def listen(
    target: str | Endpoint,
    count: int = ...,
    *,
    options: builtins.list[str] = ...,
    deadline: float = ...,
    record: str = ...,
) -> Run[MessageRecord | ServingRecord]:
    """Hear what an endpoint says, or what is said to it."""

def matrix(
    protocols: builtins.list[str] = ...,
) -> Run[Cell]:
    """Which protocol can do what."""

def probe(
    *targets: str | Endpoint,
    file: str = ...,
    expect: builtins.list[str] = ...,
    concurrency: int = ...,
    rate: float = ...,
    watch: float = ...,
    count: int = ...,
    options: builtins.list[str] = ...,
    deadline: float = ...,
    record: str = ...,
) -> Run[ProbeRecord]:
    """Is it there, does it answer rightly, and how long did each phase take?."""

def put(
    target: str | Endpoint,
    source: str = ...,
    *,
    options: builtins.list[str] = ...,
    deadline: float = ...,
    record: str = ...,
) -> Run[ReplyRecord]:
    """Store a file at an endpoint."""

def run(
    target: str | Endpoint,
    command: str,
    on: builtins.list[str | Endpoint] = ...,
    concurrency: int = ...,
    *,
    options: builtins.list[str] = ...,
    deadline: float = ...,
    record: str = ...,
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
    *,
    options: builtins.list[str] = ...,
    deadline: float = ...,
    record: str = ...,
) -> Run[ReplyRecord]:
    """Give a message to an endpoint."""
