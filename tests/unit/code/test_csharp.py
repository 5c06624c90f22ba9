"""C#: modifiers, XML comments, namespaces."""

from tests.support.outlines import found, outline, public

BOOK = """
    // Copyright (c) Somebody. All rights reserved.
    using System;
    using F = System.IO;
    namespace Shop.Items {
      /// <summary>A book. See <see cref="T:Shop.Shelf"/>.</summary>
      /// <typeparam name="T">what is on a page</typeparam>
      [Serializable]
      public abstract partial class Book<T> : Base, IBook where T : class {
        public const int Max = 3;
        private string _title;
        [Obsolete("no")] public string Title { get; private set; } = "x";
        public int this[int i] { get => 1; }
        public Book(int n) : base(n) { }
        /// <summary>
        /// Adds <paramref name="a"/>.
        /// </summary>
        /// <param name="a">the <c>page</c></param>
        /// <returns>how many</returns>
        /// <exception cref="ArgumentException">when &lt; 0</exception>
        /// <example><code>
        /// book.Add(1);
        /// </code></example>
        public async Task<int> AddAsync<U>(ref int a, string b = "x", params int[] c) => 1;
        protected virtual void Kept() { }
        void IBook.Bar() { }
        public static Book operator +(Book a, Book b) => a;
      }
      public interface IBook { int A { get; } void Bar(); }
      public enum Color : byte { Red = 1, Green }
      internal class Hidden { }
      public delegate int Callback(int a);
    }
"""


def test_modifiers_decide_and_the_only_namespace_is_not_shown() -> None:
    assert public(outline("Book.cs", BOOK)) == [
        "class Book",
        "constant Book.Max",
        "property Book.Title",
        "property Book.this[]",
        "method Book.Book",
        "method Book.AddAsync",
        "method Book.operator +",
        "interface IBook",
        "property IBook.A",
        "method IBook.Bar",
        "enum Color",
        "constant Color.Red",
        "constant Color.Green",
        "type Callback",
    ]


def test_xml_comments() -> None:
    module = outline("Book.cs", BOOK)
    book = found(module, "Book")
    assert (book.doc.summary, book.doc.details) == ("A book.", "See `Shelf`.")
    assert (book.span.first, book.bases) == (7, ("Base", "IBook"))
    add = found(module, "Book.AddAsync")
    assert (add.doc.summary, add.doc.returns) == ("Adds `a`.", "how many")
    assert [(one.name, one.text) for one in add.doc.raises] == [("ArgumentException", "when < 0")]
    assert add.doc.examples == ("book.Add(1);",)
    assert [(one.name, one.type, one.default, one.text) for one in add.parameters] == [
        ("a", "ref int", "", "the `page`"),
        ("b", "string", '"x"', ""),
        ("c", "params int[]", "", ""),
    ]


def test_heads_end_before_bodies_and_initialisers() -> None:
    module = outline("Book.cs", BOOK)
    assert found(module, "Book.Book").signature == "public Book(int n)"
    assert found(module, "Book.Title").signature == "public string Title { get; private set; }"
    assert found(module, "Book.Title").labels == ("deprecated",)
    assert [one.module for one in module.imports] == ["System", "System.IO"]


def test_a_namespace_for_the_whole_file() -> None:
    module = outline("C.cs", "namespace A.B;\npublic class C { public void M() { } }\n")
    assert public(module) == ["class C", "method C.M"]


def test_conditions_that_cut_a_head_are_read_in_both_branches() -> None:
    module = outline(
        "Cut.cs",
        """
        public class Cut : Base
        #if NEW
            , INew
        #endif
        {
        #if NEW
            public int One() { return 1; }
        #else
            public int Two() { return 2; }
        #endif
        }
        """,
    )
    assert public(module) == ["class Cut", "method Cut.One", "method Cut.Two"]
