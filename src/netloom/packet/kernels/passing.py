"""Kernel: what packets say on their own, counted. Its plain twin is `packet/summing/passed.py`."""

from __future__ import annotations

import numpy as np
from numba import njit

from netloom.packet.kernels import passed as P
from netloom.packet.kernels import rows as R
from netloom.packet.kernels.loads import mixed, u8, u32, u64
from netloom.packet.kernels.rows import ROW
from netloom.packet.row import UNTOLD

TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58


@njit(error_model="numpy", forceinline=True)
def word(data, begin, end):
    """Up to eight octets as a number."""
    if end - begin == P.AROUND:
        return u64(data, begin)
    value = np.int64(0)
    for at in range(begin, end):
        value = value << 8 | u8(data, at)
    return value


@njit(error_model="numpy", forceinline=True)
def hashed(data, rows, row, weights, seeds):
    """A hash of what has to be equal in two packets that are one, captured twice."""
    h = seeds[0]
    for k in range(weights.size):
        h += rows[row + k] * weights[k]
    begin = rows[row + R.PLACE]
    end = begin + rows[row + R.CAPTURED]
    at = min(begin + rows[row + R.PAYLOAD_AT], end)
    h = mixed(h ^ word(data, max(at - P.AROUND, begin), at), seeds[1])
    h = mixed(h ^ word(data, at, min(at + P.AROUND, end)), seeds[2])
    return mixed(h ^ word(data, max(end - P.AROUND, begin), end), seeds[3])


@njit(error_model="numpy", forceinline=True)
def far(earlier, later, apart):
    """Whether two times are farther apart, the first before the second. Their difference might overflow."""
    return later > UNTOLD + apart and earlier < later - apart


@njit(error_model="numpy", forceinline=True)
def twice(h, time, number, limits, heads, ring):
    """Whether the same packet was there just before; then it is noted."""
    bucket = h >> 40 & P.BUCKETS - 1
    before = heads[bucket]
    found = False
    while before >= 0 and number - before <= limits[P.APART]:
        link = (before & P.RING - 1) * P.LINK
        if ring[link] == h:
            earlier = ring[link + 1]
            found = time != UNTOLD and earlier != UNTOLD and earlier <= time and not far(earlier, time, limits[P.SOON])
            break
        before = ring[link + 2]
    link = (number & P.RING - 1) * P.LINK
    ring[link] = h
    ring[link + 1] = time
    ring[link + 2] = heads[bucket]
    heads[bucket] = number
    return found


@njit(error_model="numpy", forceinline=True)
def interesting(data, rows, row, limits, problems, methods, alnum):
    """Whether a packet is to be looked at closer: the same as `closer.interesting` says."""
    if rows[row + R.VERSION] == 0:
        return rows[row + R.ETHERTYPE] == limits[P.ARP_TYPE]
    if rows[row + R.FRAGMENT] > 0:
        return False
    protocol = rows[row + R.PROTOCOL]
    payload = rows[row + R.PAYLOAD]
    if protocol == TCP:
        if payload < limits[P.LINE_LEAST]:
            return False
        at = rows[row + R.PLACE] + rows[row + R.PAYLOAD_AT]
        first = u32(data, at)
        for k in range(methods.size):
            if methods[k] == first:
                return True
        return (
            payload <= limits[P.LINE_MOST]
            and u8(data, at + payload - 1) == limits[P.LINE_END]
            and alnum[first >> 24] != 0
        )
    if protocol == UDP:
        return payload >= limits[P.DNS_HEADER] and (
            rows[row + R.SRC_PORT] == limits[P.DNS_PORT] or rows[row + R.DST_PORT] == limits[P.DNS_PORT]
        )
    if protocol == ICMP:
        return problems[rows[row + R.ICMP_TYPE]] != 0
    if protocol == ICMPV6:
        return problems[P.ICMP_TYPES + rows[row + R.ICMP_TYPE]] != 0
    return False


@njit(error_model="numpy")
def count(
    data,
    n,
    rows,
    weights,
    seeds,
    edges,
    limits,
    problems,
    methods,
    alnum,
    keys,
    numbers,
    looked,
    jumps,
    heads,
    ring,
    state,
):
    """Count `n` rows into `state`. `keys` and `numbers` get what each is in, and 1 and its octets.

    There is room for `n` of each, of `looked` and of `jumps`; `edges` are where classes of sizes end.
    """
    for i in range(n):
        row = i * ROW
        length = rows[row + R.LENGTH]
        state[P.OCTETS] += length
        state[P.CAPTURED] += rows[row + R.CAPTURED]
        state[P.FRAGMENTS] += rows[row + R.FRAGMENT] >= 0
        state[P.BROADCASTS] += rows[row + R.DST_MAC] == limits[P.BROADCAST]
        kind = 0
        while kind < edges.size and length > edges[kind]:
            kind += 1
        state[P.SIZES_AT + kind] += 1
        anomaly = rows[row + R.ANOMALY]
        if anomaly != 0:
            for bit in range(P.SIZES_AT - P.ANOMALIES_AT):
                state[P.ANOMALIES_AT + bit] += anomaly >> bit & 1
        version = rows[row + R.VERSION]
        keys[i * P.KEY] = rows[row + R.LINK]
        keys[i * P.KEY + 1] = version if version != 0 else rows[row + R.ETHERTYPE]
        keys[i * P.KEY + 2] = rows[row + R.PROTOCOL] if version != 0 else 0
        numbers[i * P.NUMBERS] = 1
        numbers[i * P.NUMBERS + 1] = length
        time = rows[row + R.TIME]
        if time != UNTOLD:
            if time < state[P.FIRST]:
                state[P.FIRST] = time
            if time > state[P.LAST]:
                state[P.LAST] = time
            latest = state[P.LATEST]
            if latest != UNTOLD and far(time, latest, limits[P.FAR]):
                jumps[state[P.JUMPED] * P.JUMP] = latest
                jumps[state[P.JUMPED] * P.JUMP + 1] = time
                state[P.JUMPED] += 1
            state[P.LATEST] = time
        if twice(hashed(data, rows, row, weights, seeds), time, state[P.NUMBER] + i, limits, heads, ring):
            state[P.TWICE] += 1
            if time < state[P.TWICE_FIRST]:
                state[P.TWICE_FIRST] = time
            if time > state[P.TWICE_LAST]:
                state[P.TWICE_LAST] = time
        if interesting(data, rows, row, limits, problems, methods, alnum):
            looked[state[P.LOOKED]] = i
            state[P.LOOKED] += 1
    state[P.NUMBER] += n


@njit(error_model="numpy")
def spread(n, rows, width, least, packets, octets):
    """Add `n` rows to bins of some width, of which the first has the number `least`; there is one for every time."""
    for i in range(n):
        time = rows[i * ROW + R.TIME]
        if time != UNTOLD:
            number = time // width - least
            packets[number] += 1
            octets[number] += rows[i * ROW + R.LENGTH]
