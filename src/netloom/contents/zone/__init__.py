"""Zone: the authoritative data of a domain (RFC 1034, 1035, 2308, 4592), for DNS over UDP, TCP, TLS and HTTPS alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import dns.exception
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset
import dns.update
import dns.zone
import msgspec

from netloom.contents._argument import once, split
from netloom.contents.zone.example import EXAMPLE
from netloom.contents.zone.tree import Key, Node, Owned, Records, Tree, key_of, key_of_wire, name_of, wire_of
from netloom.contents.zone.update import updated
from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CONTENT", "Answer", "Zone"]

_CHASE = 16  # aliases followed in one answer
_CACHED = 4096
_TARGETS = {dns.rdatatype.NS: "target", dns.rdatatype.MX: "exchange", dns.rdatatype.SRV: "target"}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The sections of a response. They are shared between askers: don't change them.

    `aa` is false for a referral. `outside` is where a chain of aliases left the zone, for who wants to follow it.
    """

    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    answer: tuple[Owned, ...] = ()
    authority: tuple[Owned, ...] = ()
    additional: tuple[Owned, ...] = ()
    aa: bool = True
    outside: dns.name.Name | None = None


class Zone:
    """One zone of class IN. `forward` are endpoints (texts) of resolvers that a server may ask about other names."""

    KIND: ClassVar[str] = "zone"

    def __init__(
        self,
        text: str | None = None,
        *,
        origin: str | None = None,
        forward: tuple[str, ...] = (),
        records: int = 100_000,
    ) -> None:
        """The zone of a text in the form of RFC 1035 §5; without one, `example.test`. Raises UsageError.

        `origin` is needed where the text has no $ORIGIN. `records` is how many there may be after an update.
        """
        self.forward = forward
        self._records = records
        self._use(_parsed(EXAMPLE if text is None else text, origin, "the zone"))

    @classmethod
    def from_file(cls, path: str | Path, *, origin: str | None = None, forward: tuple[str, ...] = ()) -> Self:
        """The zone of a file. Raises UsageError with the line."""
        zone = cls(forward=forward)
        zone._use(_parsed(Path(path), origin, str(path)))
        return zone

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`zone`, or `zone:FILE,origin=example.org,forward=dns://9.9.9.9,forward=…`: each part may be absent."""
        file, options = split(cls.KIND, argument, ("origin", "forward"))
        origin, forward = once(cls.KIND, "origin", options["origin"]), tuple(options["forward"])
        if file:
            return cls.from_file(file, origin=origin, forward=forward)
        if origin is not None:
            raise UsageError("--content zone: origin belongs to a file", hint="zone:./example.zone,origin=example.org")
        return cls(forward=forward)

    def describe(self) -> str:
        others = f", others from {', '.join(self.forward)}" if self.forward else ""
        return f"zone {self.origin.to_text(omit_final_dot=True)}{others}"

    @property
    def origin(self) -> dns.name.Name:
        return self._tree.origin

    @property
    def serial(self) -> int:
        """The SOA's serial number."""
        return self._serial

    def lookup(self, qname: dns.name.Name | str, rdtype: dns.rdatatype.RdataType | str) -> Answer:
        """What the zone says about an absolute name (RFC 1034 §4.3.2): REFUSED for a name that isn't in it.

        ANY gives all records of the name; whether that is to be told is for the server to decide (RFC 8482).
        """
        name = dns.name.from_text(qname) if isinstance(qname, str) else qname
        return self.find(wire_of(name), dns.rdatatype.from_text(rdtype) if isinstance(rdtype, str) else rdtype)

    def find(self, name: bytes, rdtype: int) -> Answer:
        """The same for a name in its wire form and a type's number."""
        key = key_of_wire(name)
        question = (key, rdtype)
        cached = self._cache.get(question)
        if cached is None:
            cached = self._lookup(name, key, rdtype)
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[question] = cached
        return cached

    def transfer(self) -> Iterator[Owned]:
        """All records, the SOA first and last, as a zone transfer has them (RFC 5936 §2.2), all as of now."""
        tree, soa = self._tree, Owned(wire_of(self.origin), self._soa())
        yield soa
        yield from (found for found in tree.sets() if found.rdtype != dns.rdatatype.SOA)
        yield soa

    def apply_update(self, update: dns.update.UpdateMessage) -> dns.rcode.Rcode:
        """Apply a dynamic update (RFC 2136 §3) that was parsed from its wire form, all of it or nothing.

        Who may do that is for the server to decide. The serial grows. The file that the zone came from isn't written.
        """
        rcode, tree = updated(self._tree, update, self._records)
        if tree is not None:
            self._use(tree)
        return rcode

    def _use(self, tree: Tree) -> None:
        self._tree = tree
        self._cache: dict[tuple[Key, int], Answer] = {}
        soa = self._soa()
        self._serial = int(soa[0].serial)
        # The TTL says how long it may be remembered that there is nothing (RFC 2308 §3).
        self._denial = (Owned(wire_of(tree.origin), soa, ttl=min(soa.ttl, soa[0].minimum)),)

    def _soa(self) -> Records:
        found = self._tree.nodes[self._tree.origin_key].get(dns.rdatatype.SOA)
        if found is None:
            raise AssertionError("a zone was accepted without a SOA")
        return found

    def _lookup(self, name: bytes, key: Key, rdtype: int) -> Answer:
        """Follow aliases from `name` on, as long as they stay in the zone."""
        chain: list[Owned] = []
        seen: set[Key] = set()
        for _ in range(_CHASE):
            if not self._tree.contains(key):
                rcode = dns.rcode.NOERROR if chain else dns.rcode.REFUSED
                outside = name_of(name) if chain else None
                return Answer(rcode=rcode, answer=tuple(chain), aa=bool(chain), outside=outside)
            if key in seen:
                break
            seen.add(key)
            target = self._step(name, key, rdtype, chain)
            if isinstance(target, Answer):
                return target
            name, key = target, key_of_wire(target)
        return Answer(answer=tuple(chain))  # a loop, or a very long chain: as far as it was followed

    def _step(self, name: bytes, key: Key, rdtype: int, chain: list[Owned]) -> Answer | bytes:
        """One name: the answer, or with its alias put into the chain, the name to go on with."""
        tree = self._tree
        for above in tree.ancestors(key):
            node = tree.nodes.get(above)
            if node is None:
                continue
            delegation = node.get(dns.rdatatype.NS)
            if delegation is not None and not (above == key and rdtype == dns.rdatatype.DS):
                return self._referral(node, delegation, chain)
            dname = node.get(dns.rdatatype.DNAME)
            if dname is not None and above != key:
                return self._renamed(name, node, dname, chain)
        node = self._node(key)
        if node is None:
            rcode = dns.rcode.NOERROR if tree.exists(key) else dns.rcode.NXDOMAIN
            return Answer(rcode=rcode, answer=tuple(chain), authority=self._denial)
        alias = node.get(dns.rdatatype.CNAME)
        if alias is not None and rdtype not in (dns.rdatatype.CNAME, dns.rdatatype.ANY):
            chain.append(Owned(name, alias))
            return alias.data[0]
        found = [Owned(name, records) for records in node.matching(rdtype)]
        if not found:
            return Answer(answer=tuple(chain), authority=self._denial)
        return Answer(answer=(*chain, *found), additional=self._addresses(found))

    def _node(self, key: Key) -> Node | None:
        """The node of a name, or the wildcard that stands for it: the one at its closest encloser (RFC 4592 §3.3.1)."""
        tree = self._tree
        if tree.exists(key):
            return tree.nodes.get(key)
        encloser = next(key[depth:] for depth in range(1, len(key)) if tree.exists(key[depth:]))
        wildcard = (b"*", *encloser)
        if wildcard not in tree.nodes and tree.exists(wildcard):
            return Node(tree.origin, {})  # an empty non-terminal that is a wildcard: the name exists, without data
        return tree.nodes.get(wildcard)

    def _referral(self, node: Node, delegation: Records, chain: list[Owned]) -> Answer:
        authority = Owned(node.owner, delegation)
        signer = node.get(dns.rdatatype.DS)
        return Answer(
            answer=tuple(chain),
            authority=(authority,) if signer is None else (authority, Owned(node.owner, signer)),
            additional=self._addresses([authority]),
            aa=bool(chain),
        )

    @staticmethod
    def _renamed(name: bytes, node: Node, dname: Records, chain: list[Owned]) -> Answer | bytes:
        """A DNAME, and the CNAME made from it (RFC 6672 §3)."""
        chain.append(Owned(node.owner, dname))
        try:
            target = name_of(name).relativize(node.name).concatenate(dname[0].target)
        except dns.name.NameTooLong:
            return Answer(rcode=dns.rcode.YXDOMAIN, answer=tuple(chain))
        chain.append(Owned(name, Records(dns.rdataset.from_text("IN", "CNAME", dname.ttl, target.to_text()))))
        return wire_of(target)

    def _addresses(self, answer: list[Owned]) -> tuple[Owned, ...]:
        """The addresses, glue included, of the hosts that are named in NS, MX and SRV records."""
        hosts: dict[Key, None] = {}
        for found in answer:
            field = _TARGETS.get(found.rdtype)
            for record in found if field else ():
                hosts[key_of(getattr(record, str(field)))] = None
        nodes = [self._tree.nodes[key] for key in hosts if key in self._tree.nodes]
        wanted = [(node, node.get(kind)) for node in nodes for kind in (dns.rdatatype.A, dns.rdatatype.AAAA)]
        return tuple(Owned(node.owner, records) for node, records in wanted if records is not None)


def _parsed(source: str | Path, origin: str | None, what: str) -> Tree:
    try:
        zone = (
            dns.zone.from_file(str(source), origin, relativize=False)
            if isinstance(source, Path)
            else dns.zone.from_text(source, origin, relativize=False)
        )
    except OSError as error:
        raise UsageError(f"{what} can't be read: {error.strerror}") from None
    except (dns.zone.UnknownOrigin, dns.name.NeedAbsoluteNameOrOrigin):
        raise UsageError(
            f"{what} doesn't say which zone it is", hint="$ORIGIN in the file, or origin=example.org"
        ) from None
    except (dns.exception.DNSException, UnicodeDecodeError) as error:
        raise UsageError(f"{what} is no zone: {str(error) or type(error).__name__}") from None
    if zone.origin is None:
        raise UsageError(f"{what} doesn't say which zone it is", hint="$ORIGIN in the file, or origin=example.org")
    tree = Tree(zone.origin)
    for name, node in zone.nodes.items():
        sets = {(int(found.rdtype), int(found.covers)): found for found in node.rdatasets}
        tree.put(key_of(name), Node(name, sets))
    return tree


CONTENT = Zone
