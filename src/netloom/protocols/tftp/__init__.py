"""TFTP: whole files in datagrams, as machines without a system fetch theirs (RFC 1350, 2347, 2348, 2349, 7440)."""

from netloom.shapes import Pattern, Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="tftp",
    rfc="RFC 1350",
    summary="files without accounts, as machines boot from them",
    schemes={"tftp": Scheme(69, "udp")},
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
    recognise=(
        Pattern(bytes=b"\x00\x01", confirm=".decode:is_request"),
        Pattern(bytes=b"\x00\x02", confirm=".decode:is_request"),
    ),
)
