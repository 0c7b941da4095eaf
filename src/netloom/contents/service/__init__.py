"""Service: methods that are called with messages, for gRPC: async functions beside the descriptors they fulfil."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Self

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from netloom.contents._argument import load
from netloom.contents.service import loom
from netloom.contents.service.call import Call, Refused
from netloom.contents.service.handlers import Bound, find
from netloom.contents.service.health import Health
from netloom.contents.service.reflection import Reflection
from netloom.errors import RemoteProtocolError, UsageError
from netloom.wire.grpc import schema
from netloom.wire.grpc.catalogue import Catalogue
from netloom.wire.grpc.status import Code

__all__ = ["CONTENT", "Bound", "Call", "Code", "Health", "Refused", "Service"]

_OWN = "service"
_ATTRIBUTE = "descriptors"


class Service:
    """Services with their methods; health and reflection stand beside them. `Service()` is a small one to try.

    `handlers` is any object, module or mapping with an async function for each method, by the method's name; where
    services share a name, one object a service, by the service's name. `descriptors` are `*_pb2` modules, or the
    path or the bytes of a FileDescriptorSet, one or several; without them it is what `handlers.descriptors` names.

    A function takes a message (or, where its parameter is annotated so, a dict) and gives either; a streaming one takes
    an async iterator or yields. A second parameter gets the `Call`. `Refused` is a function's "no".
    """

    KIND: ClassVar[str] = "service"

    def __init__(self, handlers: Any = None, descriptors: Any = None, *, name: str = "") -> None:
        """Raises UsageError for descriptors that can't be read, and for functions that can't fulfil them."""
        if handlers is None:
            handlers, descriptors = loom.Loom(), descriptors or loom.catalogue()
        if descriptors is None:
            descriptors = (
                handlers.get(_ATTRIBUTE) if isinstance(handlers, Mapping) else getattr(handlers, _ATTRIBUTE, None)
            )
        self.handlers = handlers
        self.own = _catalogue(descriptors)
        self.name = name or ", ".join(self.own.services)
        self.health = Health(self.own.services)
        self.catalogue = self.own | schema.known()
        self._bound = self._bind()

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`service:module:name`; without a name the module's `service`, or its own functions. Raises UsageError."""
        if not argument:
            return cls()
        module, colon, _ = argument.partition(":")
        if colon:
            found = load(cls.KIND, argument)
        else:
            names = load(cls.KIND, f"{module}:__dict__")
            found = names.get(_OWN, names)
        return found if isinstance(found, cls) else cls(found, name=argument)

    def describe(self) -> str:
        return f"service {self.name}"

    def find(self, path: str) -> Bound | None:
        """What answers /package.Service/Method; None where nothing does."""
        return self._bound.get(path)

    def _bind(self) -> dict[str, Bound]:
        bound: dict[str, Bound] = {}
        for method in self.own.methods():
            found = find(self.handlers, method)
            if found is not None:
                bound[method.path] = found
        if not bound:
            methods = ", ".join(method.path for method in self.own.methods())
            raise UsageError(
                f"--content {self.KIND}: no function has the name of a method",
                hint=f"methods: {methods}" if methods else "the descriptors have no service",
            )
        beside = {schema.HEALTH: self.health} | dict.fromkeys(schema.REFLECTIONS, Reflection(self.catalogue))
        for method in schema.known().methods():
            ours = find(beside[method.service], method)
            if ours is not None:
                bound.setdefault(method.path, ours)
        return bound


def _catalogue(descriptors: Any) -> Catalogue:
    """Whatever descriptors are given as, in one. Raises UsageError."""
    if isinstance(descriptors, Catalogue):
        return descriptors
    if descriptors is None or (isinstance(descriptors, list | tuple | set) and not descriptors):
        raise UsageError(
            "a service needs its descriptors",
            hint="descriptors = a *_pb2 module, or a file: protoc --include_imports --descriptor_set_out=FILE",
        )
    try:
        if isinstance(descriptors, ModuleType):
            return Catalogue.of_modules([descriptors])
        if isinstance(descriptors, bytes):
            return Catalogue.of_set(descriptors)
        if isinstance(descriptors, FileDescriptorSet):
            return Catalogue.of_protos(descriptors.file)
        if isinstance(descriptors, str | Path):
            return Catalogue.of_set(Path(descriptors).read_bytes())
    except OSError as error:
        raise UsageError(f"descriptors can't be read: {error}") from None
    except RemoteProtocolError as error:
        raise UsageError(f"descriptors: {error.message}", hint=error.hint) from None
    if isinstance(descriptors, Iterable):
        first, *others = [_catalogue(each) for each in descriptors]
        for other in others:
            first = first | other
        return first
    raise UsageError(f"descriptors are a *_pb2 module, a file or its bytes, not a {type(descriptors).__name__}")


CONTENT = Service
