"""WHOIS: who holds a name, an address, a number (RFC 3912)?"""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

PROTOCOL = Protocol(
    name="whois",
    rfc="RFC 3912",
    summary="who holds a name, an address or a number, in words",
    schemes={"whois": Scheme(43, "tcp")},
    contents=("registrations",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    samples=(Sample(verb="get", place="/example.test"),),
    example="netloom get whois://whois.iana.org/example.com",
    steps=(Step("query"),),
    refusals=(
        Refusal("1xx", "query", "the question's fault, or no entries (101)"),
        Refusal("2xx", "query", "who asks may not, or has asked too often"),
        Refusal("3xx", "query", "the connection's end"),
    ),
    recognise=(Pattern(bytes=b"%", sender="server", confirm=".decode:is_remark"),),
)
