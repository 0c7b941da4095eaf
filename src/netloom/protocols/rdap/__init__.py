"""RDAP: who holds a name, an address, a number, in JSON over HTTP (RFC 7480, RFC 9082, RFC 9083)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

PATH = "/rdap"

PROTOCOL = Protocol(
    name="rdap",
    rfc="RFC 9082",
    summary="who holds a name, an address or a number, in JSON",
    schemes={"rdap": Scheme(80, "http", path=PATH), "rdaps": Scheme(443, "https", path=PATH)},
    contents=("registrations",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    samples=(
        Sample(verb="get", place="/rdap/domain/example.test"),
        Sample(verb="list", place="/rdap/nameservers?name=ns*.example.test"),
    ),
    steps=(Step("query"),),
    refusals=(
        Refusal("4xx", "query", "the question's fault, in RDAP's JSON"),
        Refusal("5xx", "query", "the server's fault, in RDAP's JSON; 503 says when to come again"),
    ),
    example="netloom get rdaps://rdap.org/domain/example.com",
    recognise=(Pattern(bytes=b"GET ", holds=b"application/rdap+json", confirm=".decode:asks_for_rdap"),),
)
