"""The rules that hold the house together, read off the code itself."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOMAINS = ("voice", "sync", "code", "tracker")
BASE = ("errors", "ports")
BELOW_DOMAINS = (*BASE, "text")
BELOW_SERVICES = (*BELOW_DOMAINS, *DOMAINS, "services", "settings", "telemetry", "traces")

# What the parts of shared/ may import of each other; a part may always import itself.
MAY_IMPORT = {
    "errors": (),
    "ports": ("errors",),
    "settings": ("errors",),
    "traces": ("ports",),
    "telemetry": ("traces",),
    "text": BASE,
    **dict.fromkeys(DOMAINS, BELOW_DOMAINS),
    "services": BELOW_SERVICES,
    "http": (*BELOW_SERVICES, "http"),
    "adapters": (*BASE, "telemetry", "traces"),
    "wiring": (
        *(*BELOW_SERVICES, "http", "adapters"),
        *("wiring_parts", "wiring_operations", "wiring_notion", "wiring_voice"),
    ),
    "wiring_voice": (*BELOW_SERVICES, "adapters", "wiring_parts"),
    "wiring_notion": (*BELOW_SERVICES, "http", "adapters", "wiring_parts"),
    "wiring_parts": (*BELOW_SERVICES, "adapters"),
    "wiring_operations": (*BELOW_SERVICES, "wiring_parts"),
}
ENTRY_POINTS = ("wiring", "http", "services", "settings", "telemetry", "errors", "ports")

VENDORS = {
    "anthropic",
    "assemblyai",
    "dulwich",
    "firebase_admin",
    "google",
    "grpc",
    "notion_client",
    "opentelemetry",
}
WEB = {"flask", "flask_cors", "flask_sock", "functions_framework", "simple_websocket", "werkzeug"}
WEB_PARTS = ("http", "adapters", "wiring", "wiring_notion")

# Where an exception of any kind may be caught: the edges of the process. Each has a reason.
MAY_CATCH_ALL = {
    "shared/http/edge.py": "the last resort of a request: a problem instead of a crash",
    "shared/services/voice_pump.py": "the last resort of a session: it ends, the others go on",
}

# Who may read the environment beside settings, which reads all that the product needs.
MAY_READ_ENVIRONMENT = {
    "run/voice_ws/gunicorn.conf.py": "the server's own file: Cloud Run gives the port as PORT",
}

# Calls that define something and do nothing.
DEFINITIONS = {
    "AfterValidator",
    "Annotated",
    "Around",
    "ContextVar",
    "ConfigDict",
    "Field",
    "Failure",
    "Final",
    "LazyApp",
    "Path",
    "Person",
    "PlainSerializer",
    "Route",
    "Span",
    "StringConstraints",
    "TypeAdapter",
    "TypeVar",
    "WithJsonSchema",
    "BeforeValidator",
    "_Host",
    "auto",
    "check_at_start",  # only ends the process, where it must not start
    "dict",
    "dict.fromkeys",
    "field",
    "frozenset",
    "logger",
    "logging.getLogger",
    "re.compile",
    "set",
    "structlog.get_logger",
    "timedelta",
    "tuple",
}

MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_PUBLIC_NAMES = 8
MORE_PUBLIC_NAMES = {
    "shared/errors.py": "the tree of exceptions, in one place",
    "shared/http/voice.py": "the models of one function's replies, read together",
    "shared/http/setup_schemas.py": "the models of one route's replies, read together",
    "shared/ports/notion.py": "the whole vocabulary of the port",
    "shared/ports/repository.py": "the whole vocabulary of the port",
    "shared/sync/fields.py": "a property's value in its two spellings, and what compares them",
    "shared/sync/model.py": "the whole vocabulary of the planner: what it sees and decides",
    "shared/sync/state.py": "one document and its parts",
    "shared/voice/effects.py": "the whole vocabulary of what a session wants done",
    "shared/voice/events.py": "the whole vocabulary of what happens to a session",
    "shared/voice/repository.py": "what voice and a repository tell each other, in one place",
    "shared/voice/server_messages.py": "the messages of the contract, in one place",
}


def sources(*folders: str) -> list[Path]:
    """The Python files of folders, without what tools leave there."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "node_modules" not in path.parts]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """A file's syntax; parsed once for all rules."""
    return ast.parse(path.read_text(encoding="utf8"))


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "shared":
                yield from (f"shared.{alias.name}" for alias in node.names)
            else:
                yield node.module


def part_of(path: Path) -> str:
    """The part of shared/ that a file belongs to."""
    return path.relative_to(ROOT / "shared").parts[0].removesuffix(".py")


SHARED = [path for path in sources("shared") if path.name != "__init__.py"]
PRODUCT = [*sources("shared", "functions", "run")]
ALL_CODE = [*PRODUCT, *sources("dev", "scripts")]


@pytest.mark.parametrize("path", SHARED, ids=named)
def test_imports_point_downwards(path: Path) -> None:
    part = part_of(path)
    assert part in MAY_IMPORT, f"say in MAY_IMPORT what {part} may import"
    allowed = {part, *MAY_IMPORT[part]}
    wrong = {
        name
        for name in imported(path)
        if name.startswith("shared.") and name.split(".")[1] not in allowed
    }
    assert wrong == set()


@pytest.mark.parametrize("path", sources("functions", "run"), ids=named)
def test_entry_points_import_no_domain_and_no_adapter(path: Path) -> None:
    wrong = {
        name
        for name in imported(path)
        if name.startswith("shared.") and name.split(".")[1] not in ENTRY_POINTS
    }
    assert wrong == set()


@pytest.mark.parametrize("path", PRODUCT, ids=named)
def test_vendors_are_imported_by_adapters_alone(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    if named(path).startswith("shared/adapters/"):
        return
    assert roots & VENDORS == set()


@pytest.mark.parametrize("path", SHARED, ids=named)
def test_the_web_framework_stays_at_the_edge(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    assert part_of(path) in WEB_PARTS or roots & WEB == set()


@pytest.mark.parametrize("path", PRODUCT, ids=named)
def test_the_product_imports_nothing_that_only_pretends_or_tests(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    assert roots & {"dev", "tests", "pytest", "benchmarks", "scripts"} == set()


@pytest.mark.parametrize("path", PRODUCT, ids=named)
def test_only_settings_reads_the_environment(path: Path) -> None:
    """Others may hand `os.environ` to what reads it there, and only that."""
    tree = tree_of(path)
    readers = ("Settings.from_env", "check_at_start")
    handed_on = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in readers
        for argument in node.args
    }
    reads = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node) in ("os.environ", "os.environb", "os.getenv", "os.putenv")
        and id(node) not in handed_on
    ]
    direct = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "os"
        and {"environ", "getenv"} & {alias.name for alias in node.names}
    ]
    assert (reads + direct == []) or named(path) in MAY_READ_ENVIRONMENT, reads + direct


@pytest.mark.parametrize("path", PRODUCT, ids=named)
def test_importing_a_module_only_defines(path: Path) -> None:
    done = {
        f"{node.lineno}: {ast.unparse(node.func)}"
        for statement in tree_of(path).body
        for node in calls_at_import(statement)
        if ast.unparse(node.func) not in DEFINITIONS and not on_text(node.func)
        if named(path) not in MAY_READ_ENVIRONMENT
    }
    assert done == set()


def on_text(function: ast.expr) -> bool:
    """Whether a call is a method of a text that stands there, as in `"a b".split()`."""
    while isinstance(function, ast.Attribute | ast.Call):
        function = function.value if isinstance(function, ast.Attribute) else function.func
    return isinstance(function, ast.Constant)


def calls_at_import(node: ast.AST) -> Iterator[ast.Call]:
    """The calls that happen when the module is imported, not when its functions run.

    Decorators and the values of enums and fields are definitions of their class or function.
    """
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    if isinstance(node, ast.ClassDef):
        for statement in node.body:
            yield from calls_at_import(statement)
        return
    if isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from calls_at_import(child)


@pytest.mark.parametrize("path", PRODUCT, ids=named)
def test_exceptions_of_any_kind_are_caught_at_the_edges_alone(path: Path) -> None:
    lines = list(catch_alls(tree_of(path)))
    assert (lines == []) or named(path) in MAY_CATCH_ALL, f"lines {lines}"


def test_every_permission_to_catch_all_is_still_used() -> None:
    users = {named(path) for path in PRODUCT if list(catch_alls(tree_of(path)))}
    assert set(MAY_CATCH_ALL) <= users


def catch_alls(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            named_kinds = {ast.unparse(kind) if kind else "BaseException" for kind in kinds}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("errorhandler", "suppress")
        ):
            named_kinds = {ast.unparse(argument) for argument in node.args}
        else:
            continue
        if named_kinds & {"Exception", "BaseException"}:
            yield node.lineno


@pytest.mark.parametrize("path", ALL_CODE, ids=named)
def test_modules_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text(encoding="utf8")
    assert text.count("\n") <= MAX_MODULE_LINES
    long = {
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    }
    assert long == set()


@pytest.mark.parametrize("path", PRODUCT, ids=named)
def test_a_module_offers_few_names(path: Path) -> None:
    offered = [
        node.name
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
    ]
    assert len(offered) <= MAX_PUBLIC_NAMES or named(path) in MORE_PUBLIC_NAMES, offered


@pytest.mark.parametrize("path", PRODUCT, ids=named)
def test_nothing_prints(path: Path) -> None:
    printed = [
        node.lineno
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]
    assert printed == []


def test_entry_points_are_small() -> None:
    mains = sources("functions")
    assert len(mains) >= 3
    for path in mains:
        assert path.read_text(encoding="utf8").count("\n") <= 60, named(path)
