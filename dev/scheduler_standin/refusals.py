"""How the vendor says no: a gRPC status with a message."""

import grpc  # type: ignore[import-untyped]


class Refusal(Exception):
    """A request that is answered with the status `code`."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> Refusal:
    """The request's values are not acceptable."""
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, message)
