"""JavaScript: modules of both kinds, classes, JSDoc."""

import pytest

from tests.support.outlines import every, found, outline, public, spans


def test_export_is_public_and_the_rest_is_not() -> None:
    module = outline(
        "shop.js",
        """
        import def, { a as b } from './store.js';
        const fs = require('fs'), { join } = require('path');
        export function add(a, b = 2, ...rest) { return a + b; }
        export const pi = 3, twice = async (n) => n * 2;
        function helper() {}
        function late() {}
        export { late as shown };
        export { default as other, bar } from './re';
        export * from './all';
        """,
    )
    assert public(module) == [
        "function add",
        "constant pi",
        "function twice",
        "function late",
    ]
    assert module.exports == frozenset({"add", "pi", "twice", "late", "shown", "other", "bar"})
    assert [(one.module, one.names, one.line) for one in module.imports] == [
        ("./store.js", ("default", "a"), 1),
        ("fs", (), 2),
        ("path", ("join",), 2),
        ("./re", ("default", "bar"), 8),
        ("./all", (), 9),
    ]
    assert [(one.name, one.default) for one in found(module, "add").parameters] == [
        ("a", ""),
        ("b", "2"),
        ("...rest", ""),
    ]
    assert found(module, "twice").labels == ("async",)


def test_a_file_without_exports_shows_its_top_level() -> None:
    module = outline("script.js", "function go() {}\nvar count = 0;\n")
    assert public(module) == ["function go", "variable count"]
    assert module.exports is None


def test_commonjs_exports_and_methods_by_assignment() -> None:
    module = outline(
        "old.js",
        """
        'use strict';
        function Book(title) { this.title = title; }
        /** Adds a page. */
        Book.prototype.add = function (page) {};
        Book.make = () => new Book();
        function hidden() {}
        exports.run = function (a) {};
        module.exports.Book = Book;
        Object.defineProperty(exports, 'late', { get() { return 1; } });
        """,
    )
    assert public(module) == [
        "function Book",
        "method Book.add",
        "method Book.make",
        "function run",
    ]
    assert module.exports == frozenset({"Book", "run", "late"})
    assert found(module, "Book.add").doc.summary == "Adds a page."
    assert found(module, "Book.make").labels == ("static",)


def test_module_exports_of_an_object() -> None:
    module = outline(
        "whole.js", "function a() {}\nmodule.exports = { a, b(x) {}, c: (y) => y, d: 3 };\n"
    )
    assert public(module) == ["function a", "function b", "function c"]


def test_what_stands_in_a_function_called_at_once_is_read() -> None:
    module = outline("umd.js", ";(function (root) {\n  function go() {}\n}).call(this);\n")
    assert public(module) == ["function go"]


def test_the_members_of_a_class() -> None:
    module = outline(
        "book.js",
        """
        export default class Book extends Base {
          static count = 0;
          #secret = 1;
          constructor(title) { super(); }
          /** Pages one by one. */
          async *pages() {}
          get size() { return 1; }
          onClick = (event) => { this.go(event); };
          ['computed' + 1]() {}
        }
        """,
    )
    book = found(module, "Book")
    assert (book.labels, book.bases) == (("default",), ("Base",))
    assert [(one.kind, one.name, one.public) for one in book.children] == [
        ("property", "count", True),
        ("property", "#secret", False),
        ("method", "constructor", True),
        ("method", "pages", True),
        ("property", "size", True),
        ("method", "onClick", True),
    ]
    assert book.signature == "export default class Book extends Base"
    assert found(module, "Book.pages").labels == ("generator", "async")
    assert found(module, "Book.onClick").signature == "onClick = (event)"


def test_jsdoc_of_an_exported_function() -> None:
    module = outline(
        "doc.js",
        """
        /**
         * Adds two numbers, e.g. prices. See {@link Book#size}.
         *
         * Longer text.
         * @param {number} a - the first
         * @param {Object} [options={}] how
         * @param {boolean} options.round whether to round
         * @returns {Promise<number>} the sum
         * @throws {RangeError} when too large
         * @example
         * add(1, 2); // 3
         * @deprecated use plus
         */
        export async function add(a, options = {}) {}
        """,
    )
    add = found(module, "add")
    assert add.doc.summary == "Adds two numbers, e.g. prices."
    assert "`Book.size`" in add.doc.details
    assert "Deprecated: use plus" in add.doc.details
    assert [(one.name, one.type, one.text) for one in add.parameters] == [
        ("a", "number", "the first"),
        ("options", "Object", "how\n- `round`: whether to round"),
    ]
    assert (add.returns, add.doc.returns) == ("Promise<number>", "the sum")
    assert [(one.name, one.text) for one in add.doc.raises] == [("RangeError", "when too large")]
    assert add.doc.examples == ("add(1, 2); // 3",)
    assert add.labels == ("async", "deprecated")


def test_a_tag_inside_a_fence_is_code() -> None:
    module = outline(
        "fence.js",
        """
        /**
         * Shows.
         * @example
         * ```ts
         * @param() class A {}
         * ```
         */
        export function show() {}
        """,
    )
    assert found(module, "show").doc.examples == ("@param() class A {}",)


def test_the_licence_is_no_documentation_and_the_overview_is() -> None:
    module = outline(
        "head.js",
        """
        #!/usr/bin/env node
        /*! Copyright 2020 Somebody. Licensed under MIT. */
        /**
         * @fileoverview The shop of books.
         */

        // eslint-disable-next-line
        export function first() {}
        """,
    )
    assert module.doc.summary == "The shop of books."
    assert found(module, "first").doc.empty


def test_spans_begin_with_export_and_end_with_the_last_line() -> None:
    module = outline(
        "spans.js",
        """
        /** Doc. */
        export function a(
          x,
        ) {
          return x;
        }

        const b = () => {
          a();
        };
        """,
    )
    assert spans(module) == {"a": (2, 6), "b": (8, 10)}
    assert found(module, "a").signature == "export function a(x)"


def test_a_long_signature_stays_on_its_lines() -> None:
    names = [f"parameter{number}" for number in range(12)]
    text = "export function long(\n  " + ",\n  ".join(names) + "\n) {}\n"
    assert found(outline("long.js", text), "long").signature == text.removesuffix(" {}\n")


def test_names_declared_are_no_references_and_names_used_are() -> None:
    module = outline("uses.js", "export function a() { return b(c.d); }\n")
    assert {"b", "c", "d"} <= module.references
    assert "a" not in module.references


@pytest.mark.parametrize("broken", ["function (", "class {", "export const", "}}}", "a = `${"])
def test_broken_code_is_no_error_and_the_sound_part_is_read(broken: str) -> None:
    module = outline("broken.js", f"export function sound() {{}}\n{broken}\n")
    assert "sound" in {one.name for one in every(module)}
    assert "could not be parsed" in module.problem


def test_types_of_flow_are_read() -> None:
    module = outline(
        "flow.js",
        "export type Options = {name: string};\nexport function go(o: Options): void {}\n",
    )
    assert public(module) == ["type Options", "function go"]
    assert module.problem == ""
