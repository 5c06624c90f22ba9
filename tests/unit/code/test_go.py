"""Go: capital letters, receivers, groups, comments of the package."""

from tests.support.outlines import found, outline, public, spans

SHOP = """
    // Copyright 2020 Somebody. All rights reserved.

    //go:build linux

    // Package shop sells books.
    // It is small.
    package shop

    import (
        "fmt"
        m "math"
    )

    const (
        // Open is the first state.
        Open State = iota
        Closed // no more
        hidden
    )

    // Book is sold.
    type Book struct {
        Title string `json:"t"` // what it is called
        pages, Words int
        *Base
    }

    // Add adds.
    //
    // Deprecated: use Put.
    func (b *Book) Add(a, c int, rest ...string) (n int, err error) {
        return fmt.Println(a)
    }

    func (s *Stack[T]) Push(x T) {}

    func (l list) Len() int { return 0 }

    func Map[T, U any](xs []T, f func(T) U) []U { return nil }
"""


def test_capital_letters_are_public_also_for_methods_of_other_files() -> None:
    assert public(outline("shop.go", SHOP)) == [
        "constant Open",
        "constant Closed",
        "struct Book",
        "property Book.Title",
        "property Book.Words",
        "method Book.Add",
        "method Stack.Push",
        "function Map",
    ]


def test_the_package_comment_is_the_files_and_the_licence_is_not() -> None:
    module = outline("shop.go", SHOP)
    assert module.doc.summary == "Package shop sells books."
    assert [(one.module, one.line) for one in module.imports] == [("fmt", 10), ("math", 11)]


def test_methods_stand_with_their_receivers_type() -> None:
    add = found(outline("shop.go", SHOP), "Book.Add")
    assert add.signature == "func (b *Book) Add(a, c int, rest ...string) (n int, err error)"
    assert [(one.name, one.type) for one in add.parameters] == [
        ("a", "int"),
        ("c", "int"),
        ("rest", "...string"),
    ]
    assert (add.returns, add.labels) == ("(n int, err error)", ("deprecated",))
    assert (add.doc.summary, add.doc.details) == ("Add adds.", "Deprecated: use Put.")


def test_comments_above_and_behind_document_members() -> None:
    module = outline("shop.go", SHOP)
    assert found(module, "Open").doc.summary == "Open is the first state."
    assert found(module, "Closed").doc.summary == "no more"
    assert found(module, "hidden").doc.empty
    assert found(module, "Book.Title").doc.summary == "what it is called"
    assert found(module, "Book").bases == ("Base",)


def test_spans_of_groups_are_of_each_name() -> None:
    module = outline("shop.go", SHOP)
    assert (spans(module)["Open"], spans(module)["Book"]) == ((16, 16), (22, 26))


def test_interfaces_and_types() -> None:
    module = outline(
        "types.go",
        """
        package x

        type Shop[T any] interface {
            // Buy buys.
            Buy(n int, more ...string) (int, error)
            fmt.Stringer
        }

        type Handler func(int) error
        type Alias = string
        """,
    )
    assert public(module) == [
        "interface Shop",
        "method Shop.Buy",
        "type Handler",
        "type Alias",
    ]
    assert found(module, "Shop").signature == "type Shop[T any] interface"
    assert found(module, "Shop.Buy").doc.summary == "Buy buys."
