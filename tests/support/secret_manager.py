"""A small gRPC double of Secret Manager, for the contract suite of secrets.

It keeps to what the adapter rests on: numbers of versions rise from 1 and are never given twice,
a destroyed version cannot be read, and answers name the project by its number.
https://cloud.google.com/secret-manager/docs/reference/rpc/google.cloud.secretmanager.v1
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.cloud import secretmanager_v1 as api
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
    SecretManagerServiceGrpcTransport,
)
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]

_SERVICE = "google.cloud.secretmanager.v1.SecretManagerService"
_NUMBER = "projects/42"
_ENABLED = api.SecretVersion.State.ENABLED
_DESTROYED = api.SecretVersion.State.DESTROYED


class Refusal(Exception):
    def __init__(self, code: grpc.StatusCode) -> None:
        super().__init__(code.name)
        self.code = code


class SecretManagerDouble:
    """The service's state. `secrets`: name -> the secret; `values`: the same -> its values, None
    where one was destroyed. `refused`: methods that are answered with PERMISSION_DENIED."""

    def __init__(self) -> None:
        self.secrets: dict[str, api.Secret] = {}
        self.values: dict[str, list[bytes | None]] = {}
        self.refused: set[str] = set()
        self._lock = Lock()

    def handler(self) -> grpc.GenericRpcHandler:
        """The service, for a gRPC server."""
        version = api.SecretVersion.serialize
        methods: dict[str, tuple[Any, Callable[[Any], Any], Any]] = {
            "CreateSecret": (api.CreateSecretRequest, self._create, api.Secret.serialize),
            "AddSecretVersion": (api.AddSecretVersionRequest, self._add, version),
            "AccessSecretVersion": (
                api.AccessSecretVersionRequest,
                self._access,
                api.AccessSecretVersionResponse.serialize,
            ),
            "ListSecretVersions": (
                api.ListSecretVersionsRequest,
                self._list,
                api.ListSecretVersionsResponse.serialize,
            ),
            "DestroySecretVersion": (api.DestroySecretVersionRequest, self._destroy, version),
            "DeleteSecret": (api.DeleteSecretRequest, self._delete, Empty.SerializeToString),
        }
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(
                self._answering(name, act),
                request_deserializer=shape.deserialize,
                response_serializer=serialize,
            )
            for name, (shape, act, serialize) in methods.items()
        }
        return grpc.method_handlers_generic_handler(_SERVICE, handlers)

    def _answering(self, name: str, act: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
        def answer(request: Any, context: Any) -> Any:
            try:
                with self._lock:
                    if name in self.refused:
                        raise Refusal(grpc.StatusCode.PERMISSION_DENIED)
                    return act(request)
            except Refusal as refusal:
                return context.abort(refusal.code, "refused")

        return answer

    def _create(self, request: Any) -> api.Secret:
        name = f"{request.parent}/secrets/{request.secret_id}"
        if name in self.secrets:
            raise Refusal(grpc.StatusCode.ALREADY_EXISTS)
        if "automatic" not in request.secret.replication:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT)
        self.secrets[name], self.values[name] = request.secret, []
        return api.Secret(name=f"{_NUMBER}/secrets/{request.secret_id}")

    def _add(self, request: Any) -> api.SecretVersion:
        self._values(request.parent).append(request.payload.data)
        return self._version(request.parent, len(self.values[request.parent]))

    def _access(self, request: Any) -> api.AccessSecretVersionResponse:
        secret, number = self._find(request.name)
        value = self.values[secret][number - 1]
        if value is None:
            raise Refusal(grpc.StatusCode.FAILED_PRECONDITION)
        return api.AccessSecretVersionResponse(
            name=f"{secret}/versions/{number}", payload={"data": value}
        )

    def _list(self, request: Any) -> api.ListSecretVersionsResponse:
        numbers = range(len(self._values(request.parent)), 0, -1)
        versions = [self._version(request.parent, number) for number in numbers]
        if request.filter:
            assert request.filter == "state:ENABLED"
            versions = [version for version in versions if version.state == _ENABLED]
        return api.ListSecretVersionsResponse(versions=versions[: request.page_size])

    def _destroy(self, request: Any) -> api.SecretVersion:
        secret, number = self._find(request.name)
        self.values[secret][number - 1] = None
        return self._version(secret, number)

    def _delete(self, request: Any) -> Any:
        self._values(request.name)
        del self.secrets[request.name], self.values[request.name]
        return Empty()

    def _values(self, secret: str) -> list[bytes | None]:
        if secret not in self.values:
            raise Refusal(grpc.StatusCode.NOT_FOUND)
        return self.values[secret]

    def _find(self, name: str) -> tuple[str, int]:
        secret, _, wanted = name.partition("/versions/")
        number = len(self._values(secret)) if wanted == "latest" else int(wanted)
        if not 1 <= number <= len(self._values(secret)):
            raise Refusal(grpc.StatusCode.NOT_FOUND)
        return secret, number

    def _version(self, secret: str, number: int) -> api.SecretVersion:
        state = _DESTROYED if self.values[secret][number - 1] is None else _ENABLED
        name = f"{_NUMBER}/secrets/{secret.rsplit('/', 1)[-1]}/versions/{number}"
        return api.SecretVersion(name=name, state=state)


@contextmanager
def serving(double: SecretManagerDouble) -> Iterator[Callable[[], Any]]:
    """Serve the double; yields what makes a client of it."""
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((double.handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    try:
        yield lambda: api.SecretManagerServiceClient(
            transport=SecretManagerServiceGrpcTransport(channel=channel)
        )
    finally:
        channel.close()
        server.stop(None).wait()
