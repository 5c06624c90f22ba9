"""The bridge from functions-framework to the inner application."""

import threading

import pytest
from flask import Flask, Request
from werkzeug.test import EnvironBuilder

from shared.http.function import LazyApp


def request(path: str = "/hello", **options: object) -> Request:
    return Request(EnvironBuilder(path, **options).get_environ())  # type: ignore[arg-type]


def make() -> Flask:
    app = Flask("inner", static_folder=None)

    @app.post("/hello")
    def hello() -> tuple[bytes, int, dict[str, str]]:
        from flask import request as inner

        return inner.get_data()[::-1], 201, {"X-Said": inner.args["q"]}

    return app


def test_a_request_passes_through_with_its_body_query_status_and_headers() -> None:
    asked = request(method="POST", data=b"abc", query_string="q=1")
    response = LazyApp(make).respond(asked)
    assert (response.status_code, response.get_data()) == (201, b"cba")
    assert response.headers["X-Said"] == "1"


def test_nothing_is_built_before_the_first_request_and_only_once_among_threads() -> None:
    built: list[Flask] = []
    gate = threading.Barrier(8)

    def build() -> Flask:
        built.append(make())
        return built[-1]

    app = LazyApp(build)
    assert not built

    def ask() -> None:
        gate.wait()
        app.respond(request())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1


def test_a_build_that_failed_is_tried_again() -> None:
    tries: list[int] = []

    def build() -> Flask:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError
        return make()

    app = LazyApp(build)
    with pytest.raises(ConnectionError):
        app.respond(request())
    assert app.respond(request()).status_code == 405
