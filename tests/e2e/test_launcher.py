"""The launcher as its users meet it: `python main.py`, in processes of its own."""

import contextlib
import hashlib
import hmac
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from dev.launcher import reaper, toolchain
from dev.launcher.toolchain import ROOT
from dev.seed.pages import PAGES
from tests.support.stack import MARK, START_S, Stack, prepared
from tests.support.waiting import until

SECONDS = 30


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack for one test, not started yet, which the test may break."""
    with prepared(tmp_path / "state") as stack:
        yield stack


def _until_started(stack: Stack, program: str) -> psutil.Process:
    """Wait for a process of the stack with `program` among its arguments; the first one."""
    found: list[psutil.Process] = []

    def started() -> bool:
        for each in reaper.marked(MARK, stack.mark):
            with contextlib.suppress(psutil.Error):
                if program in {Path(word).name for word in each.cmdline()}:
                    found.append(each)
        return bool(found)

    until(started, START_S, f"{program} is started")
    return found[0]


def _nothing_is_left(stack: Stack) -> None:
    until(lambda: not stack.leftovers(), SECONDS, f"all processes are gone: {stack.leftovers()}")
    assert not (stack.state / "run.json").exists()


def test_ready_stack_serves_the_web_client(stack: Stack) -> None:
    reply = requests.get(f"{stack.run['base_url']}/app/", timeout=SECONDS)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/html")


def _health(stack: Stack) -> requests.Response:
    """The first answer of health that is not a 503.

    That it was 200 before the stack was ready is the launcher's business. It is a 503, and stays
    one for 2 s, when a probe took longer than 3 s: on a machine where other tests keep all cores
    busy that is a true answer, and a client asks again.
    """
    url, replies = f"{stack.run['base_url']}/health", []

    def answered() -> bool:
        replies.append(requests.get(url, timeout=SECONDS))
        return replies[-1].status_code != 503

    until(answered, 10, "health answers anything but 503")
    return replies[-1]


def test_ready_stack_answers_health_through_the_front(stack: Stack) -> None:
    # What a service probed while the others were still starting is probed again after 10 s.
    until(
        lambda: _health(stack).json()["status"] == "healthy",
        SECONDS,
        "everything is told to be healthy",
    )


def test_run_file_is_for_this_user_only_and_names_everything(stack: Stack) -> None:
    run = stack.run
    assert stat.S_IMODE((stack.state / "run.json").stat().st_mode) == 0o600
    assert run["base_url"] == f"http://localhost:{stack.port}"
    assert run["ws_url"] == f"ws://localhost:{stack.port}"
    assert {"voice", "health", "voice_ws", "firestore_pubsub"} <= set(run["services"])
    assert {name: set(run[name]) for name in ("notion", "git")} == {
        "notion": {"base_url", "control_url", "token", "webhook_secret", "parent_page_id"},
        "git": {"remote_url", "username", "password", "push_url", "webhook_secret"},
    }
    assert run["scheduler_host"]
    for host in ("auth_emulator_host", "firestore_emulator_host", "pubsub_emulator_host"):
        assert requests.get(f"http://{run[host]}/", timeout=SECONDS).ok


def test_seeded_people_have_tokens_with_their_claims(stack: Stack) -> None:
    run = stack.run
    url = f"http://{run['auth_emulator_host']}/identitytoolkit.googleapis.com/v1/accounts:lookup"
    for key, uid in (("user", "demo"), ("other_user", "mallory"), ("admin", "root")):
        body = {"idToken": run[key]["id_token"]}
        reply = requests.post(f"{url}?key=any", json=body, timeout=SECONDS)
        assert reply.json()["users"][0]["localId"] == uid
    demo = requests.post(
        f"{url}?key=any", json={"idToken": run["user"]["id_token"]}, timeout=SECONDS
    )
    assert demo.json()["users"][0]["customAttributes"] == '{"member": true}'


def test_terminal_names_each_service_and_ends_in_ready(stack: Stack) -> None:
    lines = stack.output.splitlines()
    assert lines[-1] == "ready" or "ready" in lines
    assert any(line.split()[:1] == ["assemblyai"] and "stand-in" in line for line in lines)
    assert any(line.split()[:1] == ["voice"] and line.endswith("real") for line in lines)
    assert any(line.split()[:1] == ["notion"] and line.endswith("stand-in") for line in lines)
    assert any(line.split()[:1] == ["git"] and "real git" in line for line in lines)
    assert any(line.split()[:2] == ["git", "clone"] for line in lines)


def test_seeded_workspace_is_in_step_with_the_sample_repository(
    stack: Stack, tmp_path: Path
) -> None:
    run = stack.run
    status = requests.get(f"{run['base_url']}/notion/sync-status/demo", timeout=SECONDS).json()
    (workspace,) = status["workspaces"]
    assert (workspace["hold"], workspace["problems"]) == (None, [])
    assert workspace["links"] >= len(PAGES)
    files = _clone(run["git"], tmp_path / "demo")
    assert {"src", "tests", "notion"} <= {path.name for path in files.iterdir()}
    titles = {path.read_text(encoding="utf8") for path in files.glob("notion/*/*.md")}
    for page in PAGES:
        assert any(f"title: {page.title}\n" in text for text in titles), page.title


def _clone(git: dict[str, str], folder: Path) -> Path:
    """Clone as the terminal says."""
    address = git["remote_url"].replace("://", f"://{git['username']}:{git['password']}@")
    subprocess.run(["git", "clone", "--quiet", address, str(folder)], check=True, timeout=SECONDS)
    return folder


def test_seeded_workspace_hears_of_edits_in_notion_and_of_pushes(stack: Stack) -> None:
    run = stack.run
    for url, header, secret in (
        (f"{run['base_url']}/notion/webhook", "X-Notion-Signature", run["notion"]),
        (run["git"]["push_url"], "X-Hub-Signature-256", run["git"]),
    ):
        body = b'{"ref": "refs/heads/other", "type": "view.created"}'
        key = secret["webhook_secret"].encode()
        signed = {header: f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"}
        event = {**signed, "X-GitHub-Event": "push", "Content-Type": "application/json"}
        assert requests.post(url, data=body, headers=event, timeout=SECONDS).ok, url
        wrong = {**event, header: "sha256=00"}
        reply = requests.post(url, data=body, headers=wrong, timeout=SECONDS)
        assert reply.status_code == 401, url


def test_ticks_come_each_minute(stack: Stack) -> None:
    control = stack.run["services"]["scheduler"]["control_url"]
    (job,) = requests.get(f"{control}/jobs", timeout=SECONDS).json()["jobs"]
    assert job["name"].endswith("/jobs/sync-ticks")
    assert (job["schedule"], job["state"]) == ("* * * * *", "ENABLED")


def test_large_push_passes_the_front_and_a_larger_one_is_refused(stack: Stack) -> None:
    url, limit = stack.run["git"]["push_url"], 25 * 1024 * 1024
    fits = requests.post(url, data=b" " * limit, timeout=SECONDS)
    assert fits.status_code == 401  # read whole, and not signed
    too_large = requests.post(url, data=b" " * (limit + 1), timeout=SECONDS)
    assert too_large.status_code == 413


@pytest.mark.parametrize("handler", ["sync_tick", "sync_workspace", "run_operation"])
def test_handlers_of_pubsub_are_not_on_the_public_port(stack: Stack, handler: str) -> None:
    for path in (f"/{handler}", f"/notion/{handler}"):
        reply = requests.post(f"{stack.run['base_url']}{path}", json={}, timeout=SECONDS)
        assert reply.status_code == 404


def test_killed_service_is_healed_and_answers_again(stack: Stack) -> None:
    stack.kill_service("health")
    assert _health(stack).status_code == 200


def test_service_is_unavailable_while_it_is_down(stack: Stack) -> None:
    service = psutil.Process(stack.run["services"]["voice"]["pid"])
    family = [service, *service.children(recursive=True)]
    url = f"{stack.run['base_url']}/voice/history/demo"
    for process in family:
        process.kill()
    replies = []

    def healed() -> bool:
        replies.append(requests.get(url, timeout=SECONDS))
        return replies[-1].status_code != 503

    until(healed, SECONDS, "the voice function answers again")
    assert replies[0].status_code == 503
    assert replies[0].headers["Retry-After"] == "1"
    assert replies[0].headers["Content-Type"] == "application/problem+json"
    until(lambda: stack.run["services"]["voice"]["pid"] != service.pid, SECONDS, "a new pid")


def test_ctrl_c_leaves_nothing_behind(own_stack: Stack) -> None:
    """SIGTERM is tested at the end of the fixture `stack`."""
    own_stack.launch()
    own_stack.until_shown("git")
    assert own_stack.leftovers()
    assert own_stack.stop(signal.SIGINT) == 0
    _nothing_is_left(own_stack)


def test_killed_launcher_leaves_nothing_behind(own_stack: Stack) -> None:
    own_stack.launch()
    _until_started(own_stack, "java")  # which firebase-tools puts into a group of its own
    assert own_stack.stop(signal.SIGKILL) == -signal.SIGKILL
    _nothing_is_left(own_stack)


def test_stop_while_starting_leaves_nothing_behind(own_stack: Stack) -> None:
    own_stack.launch()
    until(lambda: len(own_stack.leftovers()) > 3, SECONDS, "some processes were started")
    assert own_stack.stop(signal.SIGHUP) == 0
    _nothing_is_left(own_stack)


def test_closed_terminal_leaves_nothing_behind(own_stack: Stack) -> None:
    master, slave = os.openpty()
    process = own_stack.launch(terminal=slave)
    os.close(slave)
    until(lambda: len(own_stack.leftovers()) > 3, SECONDS, "some processes were started")
    os.close(master)
    assert process.wait(SECONDS) == 0
    _nothing_is_left(own_stack)


def test_second_ctrl_c_kills_at_once(own_stack: Stack) -> None:
    process = own_stack.launch()
    own_stack.until_shown("git")
    _until_started(own_stack, "gunicorn").suspend()  # the voice service will not drain
    process.send_signal(signal.SIGINT)
    until(lambda: "stopping" in own_stack.output, SECONDS, "the first Ctrl-C is heard")

    def gone_after_another() -> bool:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        return process.poll() is not None

    until(gone_after_another, SECONDS, "the launcher has gone")
    assert process.returncode == 130
    _nothing_is_left(own_stack)


def test_dead_emulator_stops_the_stack_and_names_the_log(own_stack: Stack) -> None:
    own_stack.launch()
    own_stack.until_shown("firestore")
    (emulator,) = [
        process
        for process in reaper.marked(MARK, own_stack.mark)
        if "java" in process.name() and "firestore" in " ".join(process.cmdline())
    ]
    emulator.kill()
    assert own_stack.process is not None
    assert own_stack.process.wait(60) == 1
    (line,) = [line for line in own_stack.output.splitlines() if line.startswith("error:")]
    assert str(own_stack.state / "logs" / "firestore_pubsub.log") in line
    _nothing_is_left(own_stack)


def test_schemas_of_the_auth_emulator_are_compiled_at_their_first_use(tmp_path: Path) -> None:
    """At the start all of them took six seconds."""
    asked = "require('exegesis/lib/options').compileOptions({}).lazyCompileValidationSchemas"
    env = toolchain.emulator_environment(os.environ, tmp_path)
    command = ["node", "--print", asked]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "true\n"


def test_taken_port_gives_one_line_with_the_mend(own_stack: Stack) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", own_stack.port))
        taken.listen()
        assert own_stack.launch().wait(SECONDS) == 1
    mend = f"PORT={own_stack.port + 1} make run"
    assert own_stack.output == f"error: port {own_stack.port} is taken; choose another: {mend}\n"


def test_second_stack_in_one_folder_is_refused(stack: Stack, own_stack: Stack) -> None:
    command = [sys.executable, "main.py", "--port", str(own_stack.port)]
    command += ["--state-dir", str(stack.state)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: a stack already runs in")
    assert done.stderr.count("\n") == 1
    assert stack.run["base_url"] == f"http://localhost:{stack.port}"
