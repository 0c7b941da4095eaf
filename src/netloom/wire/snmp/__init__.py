"""SNMP's messages as bytes, v1 to v3, their security and their names (RFC 1157, 3411 to 3418, 3584)."""
