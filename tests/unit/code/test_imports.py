"""Imports resolved within a repository, by the customs of each language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.code.imports import import_graph, used_by
from shared.code.model import Import, Module, Span, Symbol
from shared.code.outline import read_module

Files = dict[str, str]


def modules_of(files: Files) -> dict[str, Module]:
    read = {path: read_module(path, text) for path, text in files.items()}
    return {path: module for path, module in read.items() if module is not None}


def graph_of(files: Files) -> dict[str, list[str]]:
    graph = import_graph(modules_of(files), list(files))
    return {path: sorted(targets) for path, targets in graph.items() if targets}


def test_python_finds_packages_below_source_folders() -> None:
    files = {
        "pyproject.toml": "",
        "src/shop/__init__.py": "",
        "src/shop/money.py": "import json\nimport types\n",
        "src/shop/types.py": "",
        "src/shop/sub/__init__.py": "from ..money import parse\n"
        "from .. import types\nfrom . import x",
        "src/shop/sub/x.py": "import shop.money as m, shop.nothing",
        "tests/helpers.py": "",
        "tests/test_money.py": "from shop import money, types\nimport helpers, os.path, requests",
        "tools/run.py": "from shop.sub.x import go\nimport helpers\n",
        "packages/other/other/__init__.py": "",
        "packages/other/tests/test_other.py": "from other import thing\n",
    }
    assert graph_of(files) == {
        "src/shop/sub/__init__.py": ["src/shop/money.py", "src/shop/sub/x.py", "src/shop/types.py"],
        "src/shop/sub/x.py": ["src/shop/__init__.py", "src/shop/money.py"],
        "tests/test_money.py": ["src/shop/money.py", "src/shop/types.py", "tests/helpers.py"],
        "tools/run.py": ["src/shop/sub/x.py"],
        "packages/other/tests/test_other.py": ["packages/other/other/__init__.py"],
    }


def test_the_nearest_of_equal_packages_is_meant() -> None:
    files = {
        f"{top}/{name}": "from util.text import cut\n" if name.startswith("main") else ""
        for top in ("one", "two/deep")
        for name in ("util/__init__.py", "util/text.py", "main.py")
    }
    assert graph_of(files) == {
        "one/main.py": ["one/util/text.py"],
        "two/deep/main.py": ["two/deep/util/text.py"],
    }


def test_names_lead_through_those_who_pass_them_on() -> None:
    files = {
        "shop/__init__.py": "from shop.money import parse\nfrom .book import *\nVERSION = 1\n",
        "shop/money.py": "from .deep import parse\n",
        "shop/deep.py": "def parse(): ...\n",
        "shop/book.py": "class Book: ...\n",
        "use.py": "from shop import parse, Book, VERSION\n",
        "web/index.ts": "export { cut } from './text';\nexport * from './lines';\n",
        "web/text.ts": "export function cut() {}\n",
        "web/lines.ts": "export class Line {}\n",
        "web/app.ts": "import { cut, Line } from '.';\n",
    }
    graph = graph_of(files)
    assert graph["use.py"] == ["shop/__init__.py", "shop/book.py", "shop/deep.py", "shop/money.py"]
    assert graph["web/app.ts"] == ["web/index.ts", "web/lines.ts", "web/text.ts"]


def test_names_passed_on_in_a_circle_end() -> None:
    files = {"a.py": "from b import x\n", "b.py": "from a import x\n", "c.py": "from a import x\n"}
    assert graph_of(files)["c.py"] == ["a.py", "b.py"]


def test_javascript_and_typescript_find_files_and_folders() -> None:
    files = {
        "src/app.ts": "import a from './a.js';\nimport './b';\nimport {x} from '../lib';\n"
        "import r from 'react';\nimport n from './none';\nimport o from '../../../out';\n",
        "src/a.ts": "",
        "src/b.tsx": "",
        "lib/index.js": "const c = require('./c.cjs');\nimport d from './data.json';\n",
        "lib/c.cjs": "",
        "lib/data.json": "{}",
    }
    assert graph_of(files) == {
        "src/app.ts": ["lib/index.js", "src/a.ts", "src/b.tsx"],
        "lib/index.js": ["lib/c.cjs", "lib/data.json"],
    }


def test_go_learns_its_module_path_from_the_imports() -> None:
    files = {
        "go.mod": "",
        "main.go": 'package main\n\nimport (\n\t"fmt"\n\t"net/http"\n\t"github.com/me/shop/store"\n'
        '\tu "github.com/me/shop/internal/util"\n\t"github.com/other/lib/util"\n)\n'
        "func main() { store.Open() }\n",
        "web/web.go": 'package web\n\nimport _ "github.com/me/shop/store"\n',
        "store/store.go": 'package store\n\nimport "github.com/me/shop/internal/util"\n'
        "func Open() {}\n",
        "store/extra.go": "package store\n",
        "store/store_test.go": "package store\n",
        "internal/util/util.go": "package util\n",
        "http/http.go": "package http\n",
        "util/util.go": "package util\n",
    }
    assert graph_of(files) == {
        "main.go": ["internal/util/util.go", "store/store.go"],
        "web/web.go": ["store/extra.go", "store/store.go"],
        "store/store.go": ["internal/util/util.go"],
    }


def test_java_and_kotlin_follow_packages() -> None:
    base = "app/src/main/java/com/acme"
    files = {
        f"{base}/Main.java": "package com.acme;\nimport com.acme.store.Book;\n"
        "import static com.acme.store.Money.parse;\nimport java.util.List;\n"
        "import com.acme.wide.*;\nclass Main { Wide w; }\n",
        f"{base}/store/Book.java": "package com.acme.store;\npublic class Book {}\n",
        f"{base}/store/Money.java": "package com.acme.store;\npublic class Money {}\n",
        f"{base}/wide/Wide.java": "package com.acme.wide;\npublic class Wide {}\n",
        f"{base}/wide/Unused.java": "package com.acme.wide;\npublic class Unused {}\n",
        f"{base}/ui/View.kt": "package com.acme.ui\nimport com.acme.store.Book\n"
        "import com.acme.ui.text.cut\nclass View\n",
        f"{base}/ui/text/Strings.kt": "package com.acme.ui.text\nfun cut() {}\n",
    }
    assert graph_of(files) == {
        f"{base}/Main.java": [
            f"{base}/store/Book.java",
            f"{base}/store/Money.java",
            f"{base}/wide/Wide.java",
        ],
        f"{base}/ui/View.kt": [f"{base}/store/Book.java", f"{base}/ui/text/Strings.kt"],
    }


def test_csharp_takes_what_it_uses_of_a_namespace() -> None:
    files = {
        "Shop/Program.cs": "using System.IO;\nusing Shop.Store;\n"
        "namespace Shop;\nclass Program { Book b; }\n",
        "Shop/Store/Book.cs": "namespace Shop.Store;\npublic class Book {}\n",
        "Shop/Store/Other.cs": "namespace Shop.Store;\npublic class Other {}\n",
        "Shop/IO/Reader.cs": "namespace Shop.IO;\npublic class Reader {}\n",
    }
    assert graph_of(files) == {"Shop/Program.cs": ["Shop/Store/Book.cs"]}


def test_rust_follows_crates_modules_and_what_is_above() -> None:
    files = {
        "shop/src/lib.rs": "mod book;\npub mod util;\npub use book::Book;\n",
        "shop/src/book.rs": "use crate::util::text::cut;\nuse super::util;\nuse std::io;\n"
        "mod page;\nuse self::page::Page;\n",
        "shop/src/book/page.rs": "use super::Book;\n",
        "shop/src/util/mod.rs": "pub mod text;\n",
        "shop/src/util/text.rs": "",
        "web-app/src/main.rs": "use shop::util::text;\nuse serde::Deserialize;\n",
        "web_lib/src/lib.rs": "use web_app::x;\n",
    }
    assert graph_of(files) == {
        "shop/src/lib.rs": ["shop/src/book.rs", "shop/src/util/mod.rs"],
        "shop/src/book.rs": [
            "shop/src/book/page.rs",
            "shop/src/util/mod.rs",
            "shop/src/util/text.rs",
        ],
        "shop/src/book/page.rs": ["shop/src/book.rs"],
        "shop/src/util/mod.rs": ["shop/src/util/text.rs"],
        "web-app/src/main.rs": ["shop/src/util/text.rs"],
        "web_lib/src/lib.rs": ["web-app/src/main.rs"],
    }


def test_c_finds_includes_beside_and_below_any_folder() -> None:
    files = {
        "src/main.c": '#include <stdio.h>\n#include "store.h"\n#include <shop/book.h>\n'
        '#include "../lib/x.h"\n#include "string.h"\n#include "none.h"\n',
        "src/store.h": "",
        "old/store.h": "",
        "include/shop/book.h": '#include "page.hpp"\n',
        "include/shop/page.hpp": "",
        "lib/x.h": "",
        "compat/string.h": "",
    }
    assert graph_of(files) == {
        "src/main.c": ["include/shop/book.h", "lib/x.h", "src/store.h"],
        "include/shop/book.h": ["include/shop/page.hpp"],
    }


def test_ruby_and_php_find_files_by_path_and_namespace() -> None:
    files = {
        "bin/run.rb": "require 'json'\nrequire 'shop/book'\nrequire_relative '../lib/shop'\n",
        "lib/shop.rb": "require_relative 'shop/book'\n",
        "lib/shop/book.rb": "",
        "test/json.rb": "",
        "src/Controller.php": "<?php\nnamespace App;\nuse App\\Model\\Book;\n"
        "use Other\\Lib\\Page;\nuse App\\Kernel;\nuse Exception;\nrequire __DIR__ . '/boot.php';\n",
        "src/Model/Book.php": "<?php\nnamespace App\\Model;\nclass Book {}\n",
        "src/View/Page.php": "<?php\nnamespace App\\View;\nclass Page {}\n",
        "src/Kernel.php": "<?php\nnamespace App;\nclass Kernel {}\n",
        "src/boot.php": "<?php\n",
    }
    assert graph_of(files) == {
        "bin/run.rb": ["lib/shop.rb", "lib/shop/book.rb"],
        "lib/shop.rb": ["lib/shop/book.rb"],
        "src/Controller.php": ["src/Kernel.php", "src/Model/Book.php", "src/boot.php"],
    }


def test_users_of_a_name_import_its_file_and_name_it() -> None:
    files = {
        "shop/__init__.py": "from shop.money import parse, show\n",
        "shop/money.py": "def parse(): ...\ndef show(): ...\n",
        "a.py": "from shop.money import parse as p\np()\n",
        "b.py": "import shop.money\nshop.money.parse()\n",
        "c.py": "from shop import show\nshow()\n",
        "d.py": "def parse(): ...\nparse()\n",
    }
    modules = modules_of(files)
    graph = import_graph(modules, list(files))
    assert used_by(graph, modules, "shop/money.py", "parse") == ("a.py", "b.py", "shop/__init__.py")
    assert used_by(graph, modules, "shop/money.py", "show") == ("c.py", "shop/__init__.py")
    assert used_by(graph, modules, "shop/money.py", "other") == ()


@pytest.mark.parametrize("swap", [False, True])
def test_the_order_of_files_and_the_kind_of_collection_do_not_matter(swap: bool) -> None:
    files = {
        "a/x.py": "import x, y.z\n",
        "b/y/__init__.py": "",
        "c/y/__init__.py": "",
        "b/y/z.py": "",
        "c/y/z.py": "",
    }
    modules = modules_of(files)
    paths = sorted(files, reverse=swap)
    shuffled = [modules[path] for path in paths if path in modules]
    assert import_graph(shuffled, tuple(paths)) == import_graph(modules, set(files))


_LANGUAGES = st.sampled_from(
    "python javascript typescript tsx go java rust c cpp csharp ruby php kotlin swift".split()
)
_MODULES = st.text("./\\:*a-b_ A0", max_size=12)
_PATHS = st.lists(st.sampled_from(["a", "b", "src", "lib", "x"]), min_size=1, max_size=4)
_ENDINGS = st.sampled_from("py js ts go java rs c h cs rb php kt swift md".split())


@given(
    st.lists(st.tuples(_PATHS, _ENDINGS).map(lambda each: f"{'/'.join(each[0])}.{each[1]}")),
    _LANGUAGES,
    st.lists(st.tuples(_MODULES, st.lists(st.sampled_from(["a", "*", "b"]), max_size=2))),
)
def test_any_import_leads_to_files_that_are_there_or_nowhere(
    paths: list[str], language: str, imports: list[tuple[str, list[str]]]
) -> None:
    found = tuple(Import(module=name, names=tuple(names), line=1) for name, names in imports)
    here = Symbol(name="b", qualname="b", kind="namespace", signature="b", span=Span(1, 1))
    modules = {
        path: Module(path=path, language=language, imports=found, symbols=(here,)) for path in paths
    }
    graph = import_graph(modules, paths)
    assert set(graph) == set(paths)
    for path, targets in graph.items():
        assert targets <= set(paths) - {path}
