"""gRPC as bytes: messages and their frames, metadata, statuses, and what services are made of (gRPC over HTTP/2)."""
