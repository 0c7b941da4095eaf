"""Every no that a protocol declares is said by its server, and met by its client: at once, and for what it is."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from netloom import registry
from netloom.accounts import Accounts
from netloom.errors import Status
from netloom.shapes import Refusal, Sample
from tests.protocols.refusing import AT_ONCE, refusing, run

REFUSED, UNKNOWN, OK = Status.REFUSED_BY_PEER, Status.UNAUTHENTICATED, Status.SUCCESS


class Case(NamedTuple):
    """What is tried where the protocol's first sample isn't what meets a refusal, and how that ends.

    `user` logs in, which the server lets in the clear. `options` are the client's.
    """

    status: Status = REFUSED
    sample: Sample | None = None
    user: str = ""
    options: str = ""


LISTENING = Sample(verb="listen", place="/demo")
CASES: dict[tuple[str, str], Case] = {
    ("coap", "4.01"): Case(UNKNOWN),
    ("dns", "TRUNCATED"): Case(OK),  # it is asked for again over TCP
    ("ftp", "530"): Case(UNKNOWN),
    ("grpc", "DEADLINE_EXCEEDED"): Case(Status.TIMEOUT),
    ("grpc", "UNAUTHENTICATED"): Case(UNKNOWN),
    ("grpc", "UNIMPLEMENTED"): Case(Status.UNSUPPORTED),  # there is no reflection then
    ("irc", "464"): Case(UNKNOWN),
    ("irc", "465"): Case(UNKNOWN),
    ("irc", "904"): Case(UNKNOWN, user="ann:secret"),
    ("mqtt", "BAD_AUTHENTICATION_METHOD"): Case(UNKNOWN),
    ("mqtt", "BAD_USER_NAME_OR_PASSWORD"): Case(UNKNOWN),
    ("mqtt", "NOT_AUTHORIZED"): Case(UNKNOWN),
    ("netconf", "access-denied"): Case(UNKNOWN),
    ("pop3", "AUTH"): Case(UNKNOWN),
    ("sftp", "PERMISSION_DENIED"): Case(UNKNOWN),
    ("snmp", "authorizationError"): Case(UNKNOWN),
    ("snmp", "noAccess"): Case(UNKNOWN),
    ("sse", "204"): Case(OK, Sample(verb="listen", place="/events/demo")),  # there is nothing more to hear
    ("ssh", "BY_APPLICATION"): Case(Status.CLOSED),
    ("ssh", "NO_MORE_AUTH_METHODS_AVAILABLE"): Case(UNKNOWN),
    ("ssh", "PROTOCOL_ERROR"): Case(Status.PROTOCOL_ERROR),
    ("ssh", "USERAUTH_FAILURE"): Case(UNKNOWN),
    ("telnet", "BUSY"): Case(Status.CLOSED),  # Telnet has no word for it
    ("telnet", "LOGIN"): Case(UNKNOWN, user="ann:secret"),
    ("ws", "1001"): Case(OK, LISTENING),  # the server goes, as servers do
}


def _case(name: str, refusal: Refusal) -> Case:
    known = CASES.get((name, refusal.code), Case())
    if (name, refusal.at) == ("snmp", "message"):
        return Case(UNKNOWN, user="ann:warp-and-weft", options="version=3")
    if name == "ws" or refusal.at == "SUBSCRIBE":
        return known._replace(sample=LISTENING)
    return known


def _all() -> list[tuple[str, Refusal]]:
    return [(declared.name, refusal) for declared in registry.protocols() for refusal in declared.refusals]


@pytest.mark.parametrize(
    ("name", "refusal"), [pytest.param(name, refusal, id=f"{name}-{refusal.code}") for name, refusal in _all()]
)
def test_it_is_said_and_met(name: str, refusal: Refusal) -> None:
    declared, case = registry.protocol(name), _case(name, refusal)
    sample = case.sample or declared.samples[0]
    scheme = next(iter(declared.schemes))
    code = refusal.code.replace("x", "1") if refusal.code[0].isdecimal() else refusal.code
    accounts = Accounts.from_texts([case.user]) if case.user else None
    plain = "allow_plain_auth=yes" if case.user and name == "irc" else ""

    async def main() -> None:
        async with refusing(scheme, f"{code}:text=warped", options=plain, accounts=accounts) as server:
            met = await server.ask(sample.verb, sample.place, sample.text, case.options or plain, case.user)
            assert met.status is case.status, met
            assert met.seconds < AT_ONCE
            assert met.error is None or met.phase is not None
        assert server.told or refusal.at in ("greeting", "connect")

    run(scheme, main())


@pytest.mark.parametrize(
    ("name", "fault", "place"),
    [
        ("ftp", "530:at=PASS", "/hello.txt"), ("irc", "464:at=PASS", "#server_password=secret"), ("irc", "904", ""),
        ("pop3", "AUTH", ""), ("imap", "NO:at=LOGIN", ""), ("smtp", "535:at=AUTH", "/ann@x"),
        ("telnet", "LOGIN", ""), ("http", "401", ""),
    ],
)  # fmt: skip
def test_no_secret_is_told(name: str, fault: str, place: str) -> None:
    declared = registry.protocol(name)
    plain = "allow_plain_auth=yes" if name in ("ftp", "irc", "pop3", "imap", "smtp") else ""
    sample = declared.samples[0]

    async def main() -> None:
        async with refusing(name, fault, options=plain, accounts=Accounts.from_texts(["ann:secret"])) as server:
            met = await server.ask(sample.verb, place, sample.text, plain, "ann:secret")
            assert met.error is not None
            assert "secret" not in met.message
        assert "secret" not in str(server.told)

    run(name, main())
