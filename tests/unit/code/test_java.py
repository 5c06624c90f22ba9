"""Java: modifiers, members of interfaces, records, JavaDoc."""

from tests.support.outlines import found, outline, public

BOOK = """
    /* Licensed to somebody under the Apache License. */
    package com.x.shop;
    import java.util.List;
    import static java.lang.Math.*;
    /**
     * A book, see {@link Shelf#add}. <p>It has {@code pages}.
     * @param <T> what is on a page
     */
    @Deprecated @SuppressWarnings("x")
    public abstract class Book<T extends Foo> extends Base<T> implements A, B {
      public static final int MAX = 3, MIN = 1;
      private String title;
      public Book(String title) throws IOException { }
      /**
       * Maps.
       * @param f the mapping
       * @return the result,
       *     or null
       * @throws IllegalStateException when closed
       */
      @Override
      public <R> R map(final Function<T, R> f, int... n) { return null; }
      public void map(String s) { }
      public interface In { int a(); int K = 1; }
      public enum Color { RED(1) { void x() {} }, GREEN; Color(int n) {} }
      void own() { }
    }
"""


def test_modifiers_and_interfaces_decide() -> None:
    assert public(outline("Book.java", BOOK)) == [
        "class Book",
        "constant Book.MAX",
        "constant Book.MIN",
        "method Book.Book",
        "method Book.map",
        "method Book.map",
        "interface Book.In",
        "method Book.In.a",
        "constant Book.In.K",
        "enum Book.Color",
        "constant Book.Color.RED",
        "constant Book.Color.GREEN",
    ]


def test_a_class_with_annotations() -> None:
    book = found(outline("Book.java", BOOK), "Book")
    assert (book.span.first, book.span.last) == (9, 27)
    assert book.signature == (
        "public abstract class Book<T extends Foo> extends Base<T> implements A, B"
    )
    assert (book.bases, book.labels) == (("Base<T>", "A", "B"), ("abstract", "deprecated"))
    assert book.doc.summary == "A book, see `Shelf.add`."
    assert "It has `pages`." in book.doc.details


def test_javadoc_of_one_of_two_overloads() -> None:
    module = outline("Book.java", BOOK)
    first = next(one for one in module.symbols[0].children if one.name == "map")
    assert first.doc.returns == "the result, or null"
    assert [(one.name, one.type, one.text) for one in first.parameters] == [
        ("f", "Function<T, R>", "the mapping"),
        ("n", "int...", ""),
    ]
    assert [one.name for one in first.doc.raises] == ["IllegalStateException"]
    assert (first.span.first, first.span.last) == (21, 22)


def test_records_and_annotations() -> None:
    module = outline(
        "P.java",
        "public record Point(int x, int y) { public static int z() { return 1; } }\n"
        'public @interface Ann { String value() default "x"; }\n',
    )
    assert public(module) == [
        "class Point",
        "method Point.z",
        "interface Ann",
        "method Ann.value",
    ]
    assert [one.name for one in found(module, "Point").parameters] == ["x", "y"]


def test_imports() -> None:
    assert [(one.module, one.names) for one in outline("Book.java", BOOK).imports] == [
        ("java.util", ("List",)),
        ("java.lang.Math", ()),
    ]
