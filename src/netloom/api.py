"""The Python API: a function for each operation, and `serve` and `connect` as context managers in both worlds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from netloom import records, registry
from netloom.accounts import Accounts
from netloom.background import background
from netloom.endpoint import Endpoint, as_options
from netloom.runs import Run
from netloom.serving import Serving
from netloom.toolbox import Toolbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.records import AccessRecord, ServingRecord

RECORDS = tuple(
    name for name, kind in vars(records).items() if isinstance(kind, type) and issubclass(kind, records.Record)
)
"""The names of every record."""


def function(name: str) -> Callable[..., Run[Any]]:
    """The function of an operation: `netloom.probe("tcp://127.0.0.1:22", deadline=2)` gives its run."""
    operation = registry.operation(name)

    def call(*args: Any, **fields: Any) -> Run[Any]:
        return Run.prepare(operation.name, args, fields)

    call.__name__ = call.__qualname__ = operation.name
    call.__doc__ = operation.summary
    return call


def contents() -> list[str]:
    """The names of the contents' classes."""
    return [kind.capitalize() for kind in registry.names("contents")]


def content(name: str) -> Any:
    """A content's class by its name, or None."""
    return registry.content_class(name.lower()) if name in contents() else None


class serve:  # noqa: N801  # it reads as the verb that it is
    """Serve: `with serve("http://127.0.0.1:0", Files()) as server: server.endpoint`; `async with` in asyncio.

    `accounts` are texts such as "ann:secret" or an Accounts. `on_access` hears of what peers do.
    """

    def __init__(
        self,
        *targets: Any,
        accounts: Accounts | list[str] | tuple[str, ...] = (),
        on_access: Callable[[AccessRecord], None] | None = None,
        **options: Any,
    ) -> None:
        extra = as_options(options)
        endpoints = [_endpoint(t).with_options(extra) for t in targets if isinstance(t, str | Endpoint)]
        contents = [t for t in targets if not isinstance(t, str | Endpoint)]
        made = accounts if isinstance(accounts, Accounts) else Accounts.from_texts(accounts)
        self._serving = Serving(endpoints, contents, made, report=on_access)

    @property
    def endpoint(self) -> Endpoint:
        """The first real endpoint, with the port which the kernel chose."""
        return self._serving.endpoint

    @property
    def endpoints(self) -> list[Endpoint]:
        """Every real endpoint, one a socket."""
        return self._serving.endpoints

    @property
    def records(self) -> list[ServingRecord]:
        """What was announced."""
        return self._serving.records

    async def __aenter__(self) -> Self:
        await self._serving.start()
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        await self._serving.stop(5.0 if kind is None else 0.0)

    def __enter__(self) -> Self:
        background().wait(self._serving.start())
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        background().wait(self._serving.stop(5.0 if kind is None else 0.0))


class connect:  # noqa: N801  # it reads as the verb that it is
    """Connect: `async with connect("tls://example.com:443", idle=2) as stream`.

    It gives the protocol's client; for tcp, udp, unix and tls the stream itself. In a script, `with connect(…)` gives
    the same with blocking methods.
    """

    def __init__(self, target: str | Endpoint, *, deadline: float | None = 10.0, **options: Any) -> None:
        self._target = _endpoint(target).with_options(as_options(options))
        self._deadline = deadline

    async def __aenter__(self) -> Any:
        self._toolbox = Toolbox(_nowhere)
        self._attempt = self._toolbox.attempt(self._target, self._deadline)
        await self._attempt.__aenter__()
        client = self._attempt.client
        try:
            link = await client.open() if self._attempt.declared.name in ("tcp", "udp", "unix", "tls") else client
        except BaseException as exc:
            await self._attempt.__aexit__(type(exc), exc, exc.__traceback__)
            raise self._attempt.error or exc from None
        self._attempt.stands()
        return link

    async def __aexit__(self, kind: Any, exc: BaseException | None, tb: Any) -> bool:
        await self._attempt.__aexit__(kind, exc, tb)
        return False

    def __enter__(self) -> Any:
        return _Blocking(background().wait(self.__aenter__()))

    def __exit__(self, kind: Any, exc: BaseException | None, tb: Any) -> bool:
        return background().wait(self.__aexit__(kind, exc, tb))


class _Blocking:
    """A client whose coroutines are waited for, and whose async iterators are read with `for`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._client, name)
        if not callable(value):
            return value

        def call(*args: Any, **fields: Any) -> Any:
            made = value(*args, **fields)
            if hasattr(made, "__await__"):
                return background().wait(made)
            return _iterate(made) if hasattr(made, "__aiter__") else made

        return call


def _iterate(source: Any) -> Any:
    iterator = aiter(source)
    while True:
        try:
            yield background().wait(anext(iterator))
        except StopAsyncIteration:
            return


async def _nowhere(record: object) -> None:
    """A connection emits nothing."""


def _endpoint(target: str | Endpoint) -> Endpoint:
    return Endpoint.parse(target) if isinstance(target, str) else target
