"""SNMP: a device's values by their object identifiers, and what it tells by itself (RFC 1157, 3411 to 3418, 3430)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

_KINDS = ("get", "get-next", "get-bulk", "set", "inform")

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
    replay=".replay:Replay",
    example="netloom get snmp://public@192.0.2.1/sysName.0",
    samples=(
        Sample(verb="get", place="/sysDescr.0,sysUpTime.0"),
        Sample(verb="list", place="/system"),
        Sample(verb="put", place="/sysLocation.0", text="s row 4"),
        Sample(verb="send", place="/coldStart", text="sysName.0 s greenhouse-1"),
    ),
    steps=(Step("request"), Step("message", "of version 3, by a known user", apart=True), *map(Step, _KINDS)),
    refusals=(
        Refusal("tooBig", "request", "the answer is too large", 1),
        Refusal("noSuchName", "request", "there is no such object (version 1)", 2),
        Refusal("badValue", "request", "the value can't be (version 1)", 3),
        Refusal("readOnly", "request", "it is read-only (version 1)", 4),
        Refusal("genErr", "request", "something else went wrong", 5),
        Refusal("noAccess", "request", "it can't be reached", 6),
        Refusal("wrongType", "request", "a value of the wrong type", 7),
        Refusal("wrongLength", "request", "a value of the wrong length", 8),
        Refusal("wrongEncoding", "request", "a value that is encoded wrongly", 9),
        Refusal("wrongValue", "request", "a value that can't be", 10),
        Refusal("noCreation", "request", "it can't be made", 11),
        Refusal("inconsistentValue", "request", "a value that doesn't fit now", 12),
        Refusal("resourceUnavailable", "request", "what it takes isn't there", 13),
        Refusal("commitFailed", "request", "it wasn't done", 14),
        Refusal("undoFailed", "request", "it was done halfway", 15),
        Refusal("authorizationError", "request", "whoever asks may not", 16),
        Refusal("notWritable", "request", "it can't be written", 17),
        Refusal("inconsistentName", "request", "a name that doesn't fit now", 18),
        Refusal("unsupportedSecLevels", "message", "a report: it isn't signed or encrypted as it has to be"),
        Refusal("notInTimeWindows", "message", "a report: it is told when it is, and asked again"),
        Refusal("unknownUserNames", "message", "a report: nobody of that name is known"),
        Refusal("unknownEngineIDs", "message", "a report: the agent has another name, which it tells"),
        Refusal("wrongDigests", "message", "a report: who you are isn't shown by that"),
        Refusal("decryptionErrors", "message", "a report: it can't be deciphered"),
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
