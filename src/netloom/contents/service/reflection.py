"""Reflection: a server's services, and the descriptors they are made of (grpc.reflection.v1 and v1alpha)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.contents.service.call import Refused
from netloom.wire.grpc.catalogue import proto_of
from netloom.wire.grpc.status import Code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from google.protobuf.descriptor import FileDescriptor

    from netloom.contents.service.call import Call
    from netloom.wire.grpc.catalogue import Catalogue


class Reflection:
    """The handlers of both versions of ServerReflection, which differ by their package alone."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def ServerReflectionInfo(self, requests: AsyncIterator[Any], call: Call) -> AsyncIterator[Any]:  # noqa: N802  # the method's name
        """An answer to each question. A file's imports come with it, each once in a dialogue."""
        sent: set[str] = set()
        make: Any = call.method.response
        async for request in requests:
            response = make(valid_host=request.host, original_request=request)
            try:
                self._answer(request, response, sent)
            except Refused as no:
                response.error_response.error_code = int(no.code)
                response.error_response.error_message = no.message
            yield response

    def _answer(self, request: Any, response: Any, sent: set[str]) -> None:
        """Fill in what was asked for. Raises Refused."""
        catalogue = self._catalogue
        asked = request.WhichOneof("message_request")
        if asked == "list_services":
            for name in sorted(catalogue.services):
                response.list_services_response.service.add(name=name)
        elif asked == "file_by_filename":
            self._give(catalogue.files.get(request.file_by_filename), response, sent)
        elif asked == "file_containing_symbol":
            self._give(catalogue.symbols.get(request.file_containing_symbol), response, sent)
        elif asked == "file_containing_extension":
            wanted = request.file_containing_extension
            known = catalogue.extensions.get(wanted.containing_type, {})
            self._give(known.get(wanted.extension_number), response, sent)
        elif asked == "all_extension_numbers_of_type":
            name = request.all_extension_numbers_of_type
            if name not in catalogue.symbols:
                raise Refused(Code.NOT_FOUND, f"no type {name[:200]}")
            response.all_extension_numbers_response.base_type_name = name
            response.all_extension_numbers_response.extension_number.extend(sorted(catalogue.extensions.get(name, {})))
        else:
            raise Refused(Code.INVALID_ARGUMENT, "nothing is asked")

    def _give(self, file: FileDescriptor | None, response: Any, sent: set[str]) -> None:
        if file is None:
            raise Refused(Code.NOT_FOUND, "no such file, symbol or extension")
        for each in self._catalogue.with_imports(file):
            if each is file or each.name not in sent:
                sent.add(each.name)
                response.file_descriptor_response.file_descriptor_proto.append(proto_of(each))
