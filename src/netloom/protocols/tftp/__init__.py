"""TFTP: whole files in datagrams, as machines without a system fetch theirs (RFC 1350, 2347, 2348, 2349, 7440)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

PROTOCOL = Protocol(
    name="tftp",
    rfc="RFC 1350",
    summary="files without accounts, as machines boot from them",
    schemes={"tftp": Scheme(69, "udp", moves=True)},
    contents=("files",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    example="netloom get tftp://127.0.0.1/hello.txt",
    samples=(
        Sample(verb="put", place="/loom.txt", text="warp and weft"),
        Sample(verb="get", place="/loom.txt"),
    ),
    steps=(Step("request"), Step("RRQ"), Step("WRQ")),
    refusals=(
        Refusal("UNDEFINED", "request", "for another reason, which the words tell", 0),
        Refusal("NOT_FOUND", "request", "there is no such file", 1),
        Refusal("ACCESS", "request", "who asks may not", 2),
        Refusal("FULL", "request", "the disk is full", 3),
        Refusal("ILLEGAL", "request", "no such operation", 4),
        Refusal("UNKNOWN_ID", "request", "no such transfer", 5),
        Refusal("EXISTS", "request", "the file is there already", 6),
        Refusal("NO_USER", "request", "there is no such user", 7),
        Refusal("OPTIONS", "request", "the options aren't taken", 8),
    ),
    recognise=(
        Pattern(bytes=b"\x00\x01", confirm=".decode:is_request"),
        Pattern(bytes=b"\x00\x02", confirm=".decode:is_request"),
    ),
)
