"""SNMP's values and messages for property tests, and messages that other implementations sent."""

from __future__ import annotations

from hypothesis import strategies as st

from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp import values
from netloom.wire.snmp.message import V1, V2C, Message
from netloom.wire.snmp.pdu import Pdu, TrapV1
from netloom.wire.snmp.values import Varbind

INT = st.integers(-(2**31), 2**31 - 1)
WORD = st.integers(0, 2**32 - 1)
OIDS = st.builds(
    lambda first, second, rest: (first, second, *rest),
    st.integers(0, 2),
    st.integers(0, 39),
    st.lists(WORD, max_size=20),
)
OCTETS = st.binary(max_size=300)
VALUES = st.one_of(
    st.tuples(st.just(values.INTEGER), INT),
    st.tuples(st.sampled_from([values.COUNTER32, values.GAUGE32, values.TIME_TICKS, values.UINTEGER32]), WORD),
    st.tuples(st.just(values.COUNTER64), st.integers(0, 2**64 - 1)),
    st.tuples(st.sampled_from([values.OCTETS, values.OPAQUE, values.NSAP_ADDRESS]), OCTETS),
    st.tuples(st.just(values.IP_ADDRESS), st.binary(min_size=4, max_size=4)),
    st.tuples(st.just(values.OBJECT), OIDS),
    st.tuples(st.sampled_from([values.NULL, *values.EXCEPTIONS]), st.none()),
)
VARBINDS = st.builds(lambda oid, value: Varbind(oid, *value), OIDS, VALUES)
SOME = st.lists(VARBINDS, max_size=6).map(tuple)
KINDS = st.sampled_from([pdus.GET, pdus.GET_NEXT, pdus.RESPONSE, pdus.SET])
LATER = st.sampled_from([pdus.GET_BULK, pdus.INFORM, pdus.TRAP, pdus.REPORT])
PDUS = st.builds(Pdu, KINDS | LATER, INT, st.integers(0, 18), st.integers(0, 100), SOME)
TRAPS = st.builds(
    TrapV1, OIDS, st.binary(min_size=4, max_size=4), st.integers(0, 6), st.integers(0, 2**31 - 1), WORD, SOME
)
OLD = st.builds(Pdu, KINDS, INT, st.integers(0, 5), st.integers(0, 100), SOME) | TRAPS
MESSAGES = st.builds(Message, st.just(V2C), OCTETS, PDUS) | st.builds(Message, st.just(V1), OCTETS, OLD)

GET_BY_NETSNMP = bytes.fromhex("302902010104067075626c6963a01c02044b1d8a8d020100020100300e300c06082b060102010105000500")
"""snmpget -v2c -c public … sysName.0, net-snmp 5.9.3."""
