"""gRPC: methods called with messages, over HTTP/2: unary and streaming, health and reflection beside them."""

from netloom.shapes import Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="grpc",
    rfc="gRPC over HTTP/2, RFC 9113",
    summary="methods called with messages, one or a stream of them each way",
    schemes={
        "grpc": Scheme(50051, "http", channel="application/grpc"),
        "grpcs": Scheme(443, "https", channel="application/grpc"),
    },
    contents=("service",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    example='netloom run grpc://127.0.0.1 \'netloom.Loom/Echo {"text": "warp and weft"}\'',
    samples=(
        Sample(verb="run", text='netloom.Loom/Sum {"value": 2} {"value": 40}'),
        Sample(verb="get", place="/netloom.Loom/Echo?json=%7B%22text%22:%22warp%20and%20weft%22%7D"),
        Sample(verb="list", place="/netloom.Loom"),
    ),
)
