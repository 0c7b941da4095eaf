"""SNMP: a device's values by their object identifiers, and what it tells by itself (RFC 1157, 3411 to 3418, 3430)."""

from netloom.shapes import Pattern, Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="snmp",
    rfc="RFC 3416",
    summary="read, walk and set a device's values, and hear what it tells",
    schemes={"snmp": Scheme(161, "udp"), "snmptrap": Scheme(162, "udp"), "snmp+tcp": Scheme(161, "tcp")},
    contents=("registers", "bus"),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    example="netloom get snmp://public@192.0.2.1/sysName.0",
    samples=(
        Sample(verb="get", place="/sysDescr.0,sysUpTime.0"),
        Sample(verb="list", place="/system"),
        Sample(verb="put", place="/sysLocation.0", text="s row 4"),
        Sample(verb="send", place="/coldStart", text="sysName.0 s greenhouse-1"),
    ),
    # A sequence, its length in one octet or in up to four behind their number (X.690 §8.1.3), and the version
    recognise=(
        Pattern(bytes=b"\x30\x00\x02\x01\x00", mask=b"\xff\x80\xff\xff\xfc", confirm=".decode:is_request"),
        *(
            Pattern(
                bytes=bytes([0x30, 0x80 + more]) + bytes(more) + b"\x02\x01\x00",
                mask=b"\xff\xff" + bytes(more) + b"\xff\xff\xfc",
                confirm=".decode:is_request",
            )
            for more in range(1, 5)
        ),
    ),
)
