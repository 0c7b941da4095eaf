"""gRPC: methods called with messages, over HTTP/2: unary and streaming, health and reflection beside them."""

from netloom.shapes import Protocol, Refusal, Sample, Scheme, Step

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
    steps=(Step("call"),),
    refusals=(
        Refusal("CANCELLED", "call", "whoever called gave it up", 1),
        Refusal("UNKNOWN", "call", "nobody knows why", 2),
        Refusal("INVALID_ARGUMENT", "call", "what was asked can't be", 3),
        Refusal("DEADLINE_EXCEEDED", "call", "it took too long", 4),
        Refusal("NOT_FOUND", "call", "what was asked for isn't there", 5),
        Refusal("ALREADY_EXISTS", "call", "it is there already", 6),
        Refusal("PERMISSION_DENIED", "call", "the caller may not", 7),
        Refusal("RESOURCE_EXHAUSTED", "call", "a quota, or room, is used up", 8),
        Refusal("FAILED_PRECONDITION", "call", "not in this state", 9),
        Refusal("ABORTED", "call", "it collided with another", 10),
        Refusal("OUT_OF_RANGE", "call", "beyond the end", 11),
        Refusal("UNIMPLEMENTED", "call", "there is no such method", 12),
        Refusal("INTERNAL", "call", "the service failed", 13),
        Refusal("UNAVAILABLE", "call", "not now: try again later", 14),
        Refusal("DATA_LOSS", "call", "data is lost for good", 15),
        Refusal("UNAUTHENTICATED", "call", "who calls isn't known", 16),
    ),
)
