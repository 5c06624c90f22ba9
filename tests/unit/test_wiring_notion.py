"""The sections of the function `notion`: all that is documented is served, each part when asked."""

import json
import subprocess
import sys
from collections import defaultdict

import pytest
from werkzeug.test import Client

from shared.http.notion import NOTION_ROUTES
from shared.settings import Settings
from shared.wiring import build_notion_api

OF_OTHERS = ("setup", "sync", "conflicts", "tasks", "docs")
ASK = """
import sys
from werkzeug.test import Client
from shared.settings import Settings
from shared.wiring import build_notion_api
client = Client(build_notion_api(Settings.from_env({"NEXUS_PROJECT_ID": "demo-nexus"})))
answer = client.get("/notion/sync-status/ada")
print(answer.status_code, *sys.modules)
"""


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(build_notion_api(Settings.from_env({"NEXUS_PROJECT_ID": "demo-nexus"})))


@pytest.mark.parametrize("path", sorted({route.path for route in NOTION_ROUTES}))
@pytest.mark.parametrize("prefix", ["", "/notion"])
def test_what_is_documented_is_served_with_and_without_the_functions_name(
    client: Client, path: str, prefix: str
) -> None:
    methods = defaultdict(set)
    for route in NOTION_ROUTES:
        methods[route.path].add(route.method)
    place = prefix + path.removeprefix("/notion").replace("{", "").replace("}", "")
    answer = client.patch(place)  # which no route takes: it is refused before anything is done
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == methods[path]


@pytest.mark.parametrize("path", ["/", "/notion", "/notion/", "/notion/what", "/what/ada"])
def test_a_path_of_no_section_is_not_found_as_everywhere(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert json.loads(answer.data)["instance"] == path
    assert answer.headers["X-Request-Id"]


def test_who_asks_how_the_sync_stands_does_not_wait_for_what_other_routes_need() -> None:
    command = [sys.executable, "-c", ASK]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    status, *loaded = said.splitlines()[-1].split()  # after the request's line of the log
    others = {f"shared.http.notion_{name}" for name in OF_OTHERS} | {"shared.http.operations"}
    assert (status, "shared.http.notion_status" in loaded) == ("401", True)
    assert others & set(loaded) == set()
