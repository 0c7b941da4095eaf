"""NETCONF: a device's configuration as XML, over SSH (RFC 6241, RFC 6242)."""

from netloom.shapes import Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="netconf",
    rfc="RFC 6241",
    summary="a device's configuration as XML",
    schemes={"netconf": Scheme(830, "ssh", channel="netconf")},
    contents=("shell",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    identity=".server:identity",
    example="netloom get 'netconf://ann@127.0.0.1:8300/running?filter=interfaces'",
    samples=(
        Sample(verb="get", place="/running?filter=system"),
        Sample(
            verb="put",
            place="/running",
            text='<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><contact>loom</contact></system>',
        ),
        Sample(verb="list", place="/"),
        Sample(verb="run", text="validate running"),
    ),
)
