"""A function in sections: which one a path belongs to, and when each is loaded."""

import pytest
from flask import Flask
from werkzeug.test import Client

from shared.http.function import LazyApp
from shared.http.sections import Sections


class Built:
    """Sections that answer with their names, and the names of those that were built."""

    def __init__(self) -> None:
        self.names: list[str] = []
        sections = {name: self._section(name) for name in ("sync", "sync-status")}
        self.client = Client(Sections("notion", sections, self._section("none")))

    def _section(self, name: str) -> LazyApp:
        def build() -> Flask:
            self.names.append(name)
            app = Flask(name, static_folder=None)
            app.add_url_rule("/<path:_>", "say", lambda _: name)
            app.add_url_rule("/", "root", lambda: name)
            return app

        return LazyApp(build)


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("/notion/sync/ada", "sync"),
        ("/sync/ada", "sync"),
        ("/notion/sync-status/ada", "sync-status"),
        ("/sync-status", "sync-status"),
        ("/notion/notion/sync/ada", "none"),
        ("/notion/syncs", "none"),
        ("/notion//sync", "none"),
        ("//sync", "none"),
        ("/notion", "none"),
        ("/notion/", "none"),
        ("/", "none"),
    ],
)
def test_a_path_goes_to_the_section_it_names_with_or_without_the_functions_name(
    path: str, section: str
) -> None:
    # A path as the server gives it: the client would take "//sync" for the name of a host.
    answer = Built().client.get(environ_overrides={"PATH_INFO": path})
    assert answer.text == section


def test_a_section_is_built_with_its_first_request_and_no_other_with_it() -> None:
    built = Built()
    assert built.names == []
    for path in ("/notion/sync/ada", "/sync/bob", "/notion/sync/ada"):
        built.client.get(path)
    assert built.names == ["sync"]
    built.client.get("/notion/sync-status/ada")
    assert built.names == ["sync", "sync-status"]
