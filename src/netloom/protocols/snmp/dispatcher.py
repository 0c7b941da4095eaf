"""Messages in, answers out, for every version: who asks, whether it may, and how much it may be told (RFC 3412 §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from netloom.endpoint import Secret
from netloom.errors import RemoteProtocolError
from netloom.protocols.snmp.agent import Answer, Asked, Source
from netloom.protocols.snmp.authority import Authority, Reported, Verified
from netloom.protocols.snmp.names import names
from netloom.protocols.snmp.options import PUBLIC
from netloom.wire.oid import show_oid
from netloom.wire.snmp import message
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.convert import notification, status_v1
from netloom.wire.snmp.message import DATAGRAM_LIMIT, MESSAGE_LIMIT, V1, V3
from netloom.wire.snmp.pdu import CONFIRMED, Pdu, TrapV1
from netloom.wire.snmp.values import emit_varbinds

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.accounts import Account
    from netloom.links.context import Context
    from netloom.protocols.snmp.engine import Engine

_SHOWN = 4
"""Objects of a request that an access record names."""
_NOT_IN_TIME = "notInTimeWindows"
_REPORTS = {
    "unsupportedSecLevels": "unsupported_sec_levels", _NOT_IN_TIME: "not_in_time_windows",
    "unknownUserNames": "unknown_user_names", "unknownEngineIDs": "unknown_engine_ids",
    "wrongDigests": "wrong_digests", "decryptionErrors": "decryption_errors",
}  # fmt: skip
"""What is counted where a fault wants one of these reports."""


class Application(Protocol):
    """What answers: an agent, or who receives notifications. `is_open` where it hears whoever speaks."""

    engine: Engine
    kinds: frozenset[int]
    is_open: bool

    def respond(self, asked: Asked) -> Answer | None: ...


class Dispatcher:
    """Takes the messages of one port. `troubled` is called when a community is wrong."""

    def __init__(self, application: Application, context: Context) -> None:
        self.engine = application.engine
        self.troubled: Callable[[], None] = lambda: None
        self._application = application
        self._context = context
        self._options = context.options
        endpoint = context.endpoint if application.is_open else None
        self._authority = Authority(self.engine, context.accounts, context.options, endpoint)
        given = context.options.community
        self._public = (given.reveal() if given is not None else PUBLIC).encode("utf-8", "surrogateescape")
        self._anybody = application.is_open and given is None
        self._known: dict[bytes, Account] = {}

    def take(self, data: bytes, source: Source) -> bytes | None:
        """The answer to a message, or None where there is none."""
        counts = self.engine.counts
        counts.in_pkts += 1
        try:
            version, at = message.begun(data)
        except RemoteProtocolError as exc:
            counts.in_bad_versions += exc.rule == "RFC 3412 §6.1"
            counts.in_asn_parse_errs += exc.rule != "RFC 3412 §6.1"
            return None
        try:
            answer = self._secured(data, source) if version == V3 else self._plain(data, source, version, at)
        except RemoteProtocolError:
            counts.in_asn_parse_errs += 1
            return None
        if answer is not None:
            counts.out_pkts += 1
        return answer

    # v1 and v2c

    def _plain(self, data: bytes, source: Source, version: int, at: int) -> bytes | None:
        heard = message.parse_rest(data, version, at)
        pdu = notification(heard.pdu) if isinstance(heard.pdu, TrapV1) else heard.pdu
        known, account = self._admitted(heard.community, source.host)
        if not known:
            self.engine.counts.in_bad_community_names += 1
            self._tell(pdu, "badCommunity", "", 0, source)
            self.troubled()
            return None
        if pdu.kind not in self._application.kinds:
            self._unhandled(pdu, source)
            return None
        limit = self._limit(data, source)
        user = account.name if account is not None else ""
        asked = Asked(message.VERSIONS[heard.version], pdu, limit, account, user, source)
        answer = self._respond(asked)
        if answer is None or pdu.kind not in CONFIRMED:
            self._tell(pdu, "", user, 0, source)
            return None
        community = heard.community
        made = self._fitting(pdu, answer, limit, lambda said: message.around(version, community, said), version == V1)
        self._tell(pdu, pdus.error_name(answer.status), user, len(made or b""), source)
        return made

    def _admitted(self, community: bytes, host: str) -> tuple[bool, Account | None]:
        """Whether a community is one, and whose. Who has guessed wrong waits before an account's is looked at again."""
        if self._anybody:
            return True, None
        if community == self._public:
            return True, None
        manner, accounts = self._options.communities, self._context.accounts
        if manner == "none" or accounts.delay_for(host) > 0:
            return False, None
        account = self._known.get(community)
        if account is None:
            text = community.decode("utf-8", "surrogateescape")
            account = accounts.get(text) if manner == "names" else accounts.verify_token(Secret(text))
            if account is None:
                accounts.failed(host)
                return False, None
            self._known[community] = account
        return True, account

    # v3

    def _secured(self, data: bytes, source: Source) -> bytes | None:
        authority = self._authority
        foreign = self._application.is_open
        verified = None
        try:
            verified = authority.open(data, source.host, takes_foreign=foreign)
            if verified is None:
                return None
            self._check_wanted(verified, source)
            self._check_context(verified)
        except Reported as reported:
            report = authority.report(data, reported)
            if report is not None and len(report) > self._limit(data, source):
                report = None
            if verified is not None or reported.count != "unknown_engine_ids":  # that is how one asks who we are
                self._tell(None, reported.count.replace("_", " "), "", len(report or b""), source)
            return report
        return self._answered(verified, source)

    def _answered(self, verified: Verified, source: Source) -> bytes | None:
        """The answer to who has proven who it is: as long as it takes."""
        pdu = verified.scoped.pdu
        if pdu.kind not in self._application.kinds:
            self._unhandled(pdu, source)
            return None
        limit = min(verified.message.header.max_size, MESSAGE_LIMIT if source.proven else DATAGRAM_LIMIT)
        asked = Asked("3", pdu, limit, verified.account, verified.user, source)
        answer = self._respond(asked)
        if answer is None or pdu.kind not in CONFIRMED:
            self._tell(pdu, "", verified.user, 0, source)
            return None
        authority = self._authority
        made = self._fitting(pdu, answer, limit, lambda said: authority.answer(verified, said), False)
        self._tell(pdu, pdus.error_name(answer.status), verified.user, len(made or b""), source)
        return made

    def _check_wanted(self, verified: Verified, source: Source) -> None:
        """Whether a fault wants a report in the place of an answer. Raises Reported.

        Of these only the one about the time is signed (RFC 3414 §3.2 7): a client believes no other.
        """
        if not self._context.faulty:
            return
        no = self._context.refuses("message", target=verified.user, peer=source.peer)
        if no is not None:
            raise Reported(_REPORTS[no.code], verified.keys if no.code == _NOT_IN_TIME else None)

    def _check_context(self, verified: Verified) -> None:
        """There is one context, by the name of the option, or none. Raises Reported.

        What is told is about the teller's own contexts, whichever they are.
        """
        if self._application.is_open:
            return
        scoped = verified.scoped
        if scoped.context.decode("utf-8", "replace") not in ("", self._options.context):
            raise Reported("unknown_contexts", verified.keys)
        if scoped.engine_id not in (self.engine.id, verified.message.security.engine_id):
            raise Reported("unknown_pdu_handlers", verified.keys)

    # All

    def _respond(self, asked: Asked) -> Answer | None:
        """The application's answer, or the error-status that a fault wants in its place, about the first binding."""
        pdu, context = asked.pdu, self._context
        if not context.faulty or pdu.kind not in CONFIRMED:
            return self._application.respond(asked)
        first = pdu.varbinds[0].oid if pdu.varbinds else ()
        no = context.refuses("request", pdus.KINDS[pdu.kind], target=show_oid(first), peer=asked.source.peer)
        if no is None:
            return self._application.respond(asked)
        status = status_v1(no.number) if asked.version == "1" else no.number
        return Answer(status, int(bool(pdu.varbinds)), (emit_varbinds(pdu.varbinds),))

    def _limit(self, data: bytes, source: Source) -> int:
        """Octets that may be sent to who has proven nothing: the address may be another's, who would be flooded."""
        if source.proven:
            return MESSAGE_LIMIT
        factor = self._options.amplify
        return min(DATAGRAM_LIMIT, factor * len(data)) if factor else DATAGRAM_LIMIT

    def _fitting(
        self, pdu: Pdu, answer: Answer, limit: int, around: Callable[[bytes], bytes], is_old: bool
    ) -> bytes | None:
        """A response that is no longer than the limit: a get-bulk's is cut, any other is tooBig (RFC 3416 §4.2)."""
        binds = answer.varbinds
        made = around(pdus.framed(pdus.RESPONSE, pdu.request_id, answer.status, answer.index, b"".join(binds)))
        while len(made) > limit and pdu.kind == pdus.GET_BULK and len(binds) > 1:
            excess, left = len(made) - limit, len(binds)
            while excess > 0 and left > 1:
                left -= 1
                excess -= len(binds[left])
            binds = binds[:left]
            made = around(pdus.framed(pdus.RESPONSE, pdu.request_id, answer.status, answer.index, b"".join(binds)))
        counts = self.engine.counts
        if len(made) > limit:
            counts.out_too_bigs += 1
            bare = emit_varbinds(pdu.varbinds) if is_old else b""
            made = around(pdus.framed(pdus.RESPONSE, pdu.request_id, pdus.TOO_BIG, 0, bare))
        if len(made) > limit:
            counts.silent_drops += 1
            return None
        counts.out_get_responses += 1
        return made

    def _unhandled(self, pdu: Pdu, source: Source) -> None:
        self.engine.counts.unknown_pdu_handlers += 1
        self._tell(pdu, "unknownPDUHandler", "", 0, source)

    def _tell(self, pdu: Pdu | None, status: str, user: str, size: int, source: Source) -> None:
        if not self._context.reports:
            return
        mib = names(self._options.mibs)
        verb = pdus.KINDS[pdu.kind].upper() if pdu is not None else "MESSAGE"
        binds = pdu.varbinds if pdu is not None else ()
        shown = ", ".join([mib.name(bind.oid) for bind in binds[:_SHOWN]])
        more = f" and {len(binds) - _SHOWN} more" if len(binds) > _SHOWN else ""
        self._context.access(verb, shown + more, status=status, user=user, size=size, peer=source.peer)
