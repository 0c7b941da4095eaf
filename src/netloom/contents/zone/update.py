"""Dynamic updates of a zone (RFC 2136)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset
import dns.update

from netloom.contents.zone.tree import Key, Node, Tree, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_ANY, _NONE = dns.rdataclass.ANY, dns.rdataclass.NONE
_APEX = (dns.rdatatype.SOA, dns.rdatatype.NS)
# What may stand beside a CNAME (RFC 4035 §2.5).
_BESIDE_CNAME = (dns.rdatatype.RRSIG, dns.rdatatype.NSEC)


def updated(tree: Tree, update: dns.update.UpdateMessage, limit: int) -> tuple[dns.rcode.Rcode, Tree | None]:
    """The answer to an update, and the changed tree where something changed; more than `limit` records are REFUSED."""
    zone = update.zone[0] if len(update.zone) == 1 else None
    if zone is None or zone.rdtype != dns.rdatatype.SOA:
        return dns.rcode.FORMERR, None
    if key_of(zone.name) != tree.origin_key or zone.rdclass != dns.rdataclass.IN:
        return dns.rcode.NOTAUTH, None
    rcode = _prerequisites(tree, update.prerequisite)
    if rcode == dns.rcode.NOERROR:
        rcode = _scan(tree, update.update)
    if rcode != dns.rcode.NOERROR:
        return rcode, None
    changed = tree.copy()
    for change in update.update:
        _apply(changed, change)
    if changed.nodes == tree.nodes:
        return rcode, None
    if len(changed) > limit:
        return dns.rcode.REFUSED, None
    _next_serial(tree, changed)
    return rcode, changed


def _prerequisites(tree: Tree, wanted: Iterable[dns.rrset.RRset]) -> dns.rcode.Rcode:
    """RFC 2136 §3.2."""
    exact: dict[tuple[Key, int], set[object]] = {}
    for condition in wanted:
        key = key_of(condition.name)
        if condition.ttl != 0:
            return dns.rcode.FORMERR
        if not tree.contains(key):
            return dns.rcode.NOTZONE
        if condition.deleting is None:
            exact.setdefault((key, condition.rdtype), set()).update(condition)
            continue
        node = tree.nodes.get(key)
        is_there = node is not None and bool(node.matching(condition.rdtype))
        if is_there != (condition.deleting == _ANY):
            named = condition.rdtype == dns.rdatatype.ANY
            if is_there:
                return dns.rcode.YXDOMAIN if named else dns.rcode.YXRRSET
            return dns.rcode.NXDOMAIN if named else dns.rcode.NXRRSET
    for (key, rdtype), records in exact.items():
        node = tree.nodes.get(key)
        if node is None or {record for found in node.matching(rdtype) for record in found} != records:
            return dns.rcode.NXRRSET
    return dns.rcode.NOERROR


def _scan(tree: Tree, changes: Iterable[dns.rrset.RRset]) -> dns.rcode.Rcode:
    """RFC 2136 §3.4.1: nothing is changed before everything is seen to be well-formed."""
    for change in changes:
        if not tree.contains(key_of(change.name)):
            return dns.rcode.NOTZONE
        if change.deleting is not None and change.ttl != 0:
            return dns.rcode.FORMERR
        deletes_all = change.deleting == _ANY and change.rdtype == dns.rdatatype.ANY
        if dns.rdatatype.is_metatype(change.rdtype) and not deletes_all:
            return dns.rcode.FORMERR
    return dns.rcode.NOERROR


def _apply(tree: Tree, change: dns.rrset.RRset) -> None:
    """RFC 2136 §3.4.2."""
    key = key_of(change.name)
    node = tree.nodes.get(key)
    sets: dict[tuple[int, int], dns.rdataset.Rdataset] = dict(node.sets) if node is not None else {}
    is_apex = key == tree.origin_key
    if change.deleting is None:
        _add(sets, change, is_apex)
    elif change.deleting == _ANY:
        for kept in list(sets):
            if change.rdtype in (kept[0], dns.rdatatype.ANY) and not (is_apex and kept[0] in _APEX):
                del sets[kept]
    elif change.rdtype != dns.rdatatype.SOA:
        _remove(sets, change, is_apex)
    if node is None or sets != node.sets:
        tree.put(key, Node(node.name if node is not None else change.name, sets))


def _add(sets: dict[tuple[int, int], dns.rdataset.Rdataset], change: dns.rrset.RRset, is_apex: bool) -> None:
    kind = (int(change.rdtype), int(change.covers))
    present = sets.get(kind)
    beside = [kept for kept, _ in sets if kept not in (dns.rdatatype.CNAME, *_BESIDE_CNAME)]
    if change.rdtype == dns.rdatatype.CNAME and beside:
        return
    if (dns.rdatatype.CNAME, 0) in sets and change.rdtype not in (dns.rdatatype.CNAME, *_BESIDE_CNAME):
        return
    if change.rdtype == dns.rdatatype.SOA and (
        not is_apex or present is None or not _is_later(change[0].serial, present[0].serial)
    ):
        return
    new = dns.rdataset.Rdataset(dns.rdataclass.IN, change.rdtype, change.covers)
    for record in [*(present or ()), *change]:
        new.add(record)  # of a type that has one record only, the last one stays
    new.ttl = change.ttl
    sets[kind] = new


def _remove(sets: dict[tuple[int, int], dns.rdataset.Rdataset], change: dns.rrset.RRset, is_apex: bool) -> None:
    kind = (int(change.rdtype), int(change.covers))
    present = sets.get(kind)
    if present is None:
        return
    left = [record for record in present if record not in change]
    if is_apex and change.rdtype == dns.rdatatype.NS and not left:
        return  # a zone keeps its last name server
    del sets[kind]
    if left:
        sets[kind] = dns.rdataset.from_rdata_list(present.ttl, left)


def _next_serial(old: Tree, new: Tree) -> None:
    """RFC 2136 §3.6: who looks at the serial sees that something changed."""
    node = new.nodes[new.origin_key]
    before, soa = old.nodes[old.origin_key].get(dns.rdatatype.SOA), node.get(dns.rdatatype.SOA)
    if soa is None or before is None or soa[0].serial != before[0].serial:
        return
    serial = (soa[0].serial + 1) % (1 << 32) or 1
    replaced = dns.rdataset.from_rdata(soa.ttl, soa[0].replace(serial=serial))
    new.put(new.origin_key, Node(node.name, {**node.sets, (int(dns.rdatatype.SOA), 0): replaced}))


def _is_later(serial: int, than: int) -> bool:
    """Serial number arithmetic (RFC 1982 §3.2)."""
    return serial != than and (serial - than) % (1 << 32) < 1 << 31
