"""Explain: what a status, a phase or a term means, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.endpoint import suggest
from netloom.errors import Phase, Status, UsageError
from netloom.records import Note
from netloom.shapes import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netloom.toolbox import Toolbox

STATUSES: Mapping[Status, str] = {
    Status.SUCCESS: "It answered, and everything that was expected held.",
    Status.INVALID_INPUT: (
        "What was asked can't be meant: a malformed endpoint, an unknown option, a value that the protocol "
        "forbids. Nothing was sent. The message points at the place."
    ),
    Status.BLOCKED: (
        "Our own rules forbid it: an exclusion list, or a target that needs explicit consent. Nothing was sent."
    ),
    Status.RESOLVE_ERROR: (
        "The name has no address. Is it spelt right, does the resolver answer, does the name have an address of "
        "this family (-4, -6)? --resolve ADDRESS goes around the resolver."
    ),
    Status.REFUSED: (
        "The host answered, and said that nothing listens on this port: a TCP reset, or ICMP port unreachable for "
        "a datagram. The host is up. Is the server running, and is it the right port?"
    ),
    Status.UNREACHABLE: (
        "No way leads there: a router, or our own machine, said so. Is there a route, and is the address family "
        "available here? Each address that was tried stands in `addresses`."
    ),
    Status.TIMEOUT: (
        "The deadline passed, or the silence that is borne (idle). `phase` says what was waited for. In connect: "
        "packets are dropped, or the host is down. Later: it is connected and says nothing; often another "
        "protocol is spoken there, or TLS."
    ),
    Status.CLOSED: (
        "The other side closed or reset the connection before it had finished. Its log may say why; a limit, a "
        "rule or a crash look the same from here."
    ),
    Status.TLS_ERROR: (
        "The handshake failed, or the certificate isn't to be trusted: expired, for another name, by an unknown "
        "issuer. --ca FILE trusts an issuer, -O verify=no looks anyway."
    ),
    Status.PROTOCOL_ERROR: (
        "What came breaks the rules of the protocol; the message cites the rule. Often something else listens "
        "there: the hint says what it looks like."
    ),
    Status.REFUSED_BY_PEER: (
        "A well-formed no, in the protocol's own words and with its own code: 404, NXDOMAIN, 550. The way there works."
    ),
    Status.UNAUTHENTICATED: (
        "The other side doesn't know us, or not well enough: a user, a password, a key, a token or a client "
        "certificate is missing or wrong."
    ),
    Status.EXPECTATION_FAILED: "It answered, but not as --expect asked. The message says what was found.",
    Status.UNSUPPORTED: "This protocol has no such verb, content or option. netloom matrix shows what meets what.",
    Status.ERROR: "Something else failed here: a privilege, a device or an optional package may be missing.",
}

PHASES: Mapping[Phase, str] = {
    Phase.RESOLVE: "Asking for the addresses of a name. Next to nothing for a literal address.",
    Phase.CONNECT: (
        "Reaching an address: the TCP handshake, or making a socket for datagrams. Several addresses are tried "
        "side by side (RFC 8305); `addresses` has the fate of each."
    ),
    Phase.PROXY: "Talking to the proxies on the way.",
    Phase.TLS: "The TLS handshake: versions, keys, certificates.",
    Phase.GREETING: "Waiting for what the server says first, and settling how to talk: banners, capabilities.",
    Phase.AUTH: "Saying who we are, and hearing whether that is enough.",
    Phase.REQUEST: "Sending what is asked.",
    Phase.FIRST_BYTE: "Waiting for the first byte of the answer: the time that the server thinks.",
    Phase.TRANSFER: "Receiving the rest of the answer.",
}

TERMS: Mapping[str, str] = {
    "endpoint": (
        "Where something is: scheme://user:password@host:port/path?query#option=value,… Path and query belong to "
        "the protocol; the options behind # are netloom's own and are never sent."
    ),
    "option": (
        "Something that a link or a protocol can be told: #ttl=8 in the endpoint, -O ttl=8 or --ttl 8. What "
        "stands in the endpoint wins. netloom help links, netloom help PROTOCOL."
    ),
    "verb": (
        "What a client can do: get, put, list, send, listen, run. Each protocol has those that make sense for it."
    ),
    "content": (
        "What a server serves, whatever the protocol: files, a mailbox, a zone, a bus of messages, an "
        "application. One content can be behind several protocols at once. netloom help contents."
    ),
    "account": (
        "Who may do what at a server: USER:PASSWORD reads and writes, USER:PASSWORD:read only reads; others only read."
    ),
    "record": (
        "What an operation gives: the same fields for every protocol. netloom schema OPERATION has their JSON Schema."
    ),
    "facts": "What a probe learnt, in the protocol's own terms. netloom help PROTOCOL lists them.",
    "deadline": (
        "Seconds for a whole attempt (10). For transfers it ends with the first byte of the answer; from then on "
        "only silence is bounded, by idle."
    ),
    "idle": "Seconds of silence that are borne once an answer has begun.",
    "expectation": (
        "FIELD OP VALUE over a record's fields: --expect 'facts.status == 200', 'duration < 500ms', "
        "'tls.expires_in > 14d'. Operators: == != < <= > >= ~ !~ in. Where one doesn't hold the status is "
        "expectation_failed."
    ),
    "phase": "Where an attempt spends its time: " + ", ".join(Phase) + ". Phases are disjoint; their seconds add up. "
    "The bar behind a probe has a step for each: the higher, the later; ten times the duration is a longer bar.",
    "status": "How an attempt ended: " + ", ".join(Status) + ".",
    "exit code": (
        "0 all well; 1 something failed; 2 the command was wrong, or can't be meant; 70 a bug of netloom's; 129, 130 "
        "and 143 stopped by SIGHUP, Ctrl-C and SIGTERM. With -o nagios: 0 ok, 1 not as expected, 2 critical, 3 unknown."
    ),
    "fault": (
        "Trouble made on purpose, on any link: --fault latency:200ms, --fault reset:4KiB; at a server as well "
        "--fault refuse:503. netloom help faults lists them."
    ),
    "recording": (
        "--record FILE writes what passes to a pcapng file that Wireshark opens, the secrets of TLS included."
    ),
}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to explain."""

    terms: Annotated[
        list[str],
        Meta(description="statuses, phases, terms (none: list them)", extra={"metavar": "TERM", "positional": True}),
    ] = []


async def run(request: Request, toolbox: Toolbox) -> None:
    """Emit a note for each term, or the list of all."""
    known = explanations()
    for title, text in [find(term, known) for term in request.terms]:
        await toolbox.emit(Note(title=title, text=text))
    if not request.terms:
        for title, words in (("statuses", STATUSES), ("phases", PHASES), ("terms", TERMS)):
            await toolbox.emit(Note(title=title, text=", ".join(words)))


def explanations() -> dict[str, tuple[str, str]]:
    """Every term: its title and its text."""
    known = {term: (term, text) for term, text in TERMS.items()}
    known |= {phase.value: (f"{phase.value} (a phase)", text) for phase, text in PHASES.items()}
    known |= {status.value: (f"{status.value} (a status)", text) for status, text in STATUSES.items()}
    return known


def find(term: str, known: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """The title and the text of a term, however it is written. Raises UsageError."""
    plain = term.strip().lower().replace("-", "_")
    for name in (plain, plain.replace("_", " "), plain.removesuffix("s")):
        if name in known:
            return known[name]
    raise UsageError(f"{term!r} isn't explained here", hint=suggest(plain, known) or "netloom explain lists what is")


OPERATION = Operation(
    name="explain",
    group="look",
    summary="what a status, a phase or a term means",
    example="netloom explain timeout",
    request=Request,
    record=Note,
    run=run,
    offline=True,
)
