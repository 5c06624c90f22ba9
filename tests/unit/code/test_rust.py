"""Rust: impl blocks, visibility, attributes, sections of documentation."""

from tests.support.outlines import found, outline, public

BOOK = """
    //! Books and shelves.

    use std::collections::{HashMap as M, hash_map::{self, Entry}};
    pub use self::inner::Thing;

    /// A book.
    #[derive(Debug)]
    // not documentation
    pub struct Book<'a, T: Foo = u8> where T: Bar {
        /// What it is called.
        pub title: &'a str,
        pages: T,
    }

    impl<'a, T> Book<'a, T> {
        /// Adds a page. Always at the end.
        ///
        /// # Errors
        ///
        /// When it is full.
        ///
        /// # Examples
        ///
        /// ```
        /// # use books::Book;
        /// book.add(1)?;
        /// ```
        #[inline]
        pub async unsafe fn add(&mut self, page: i32) -> Result<(), Full> where T: X {
            Ok(())
        }

        pub(crate) fn hidden() {}
    }

    impl<T: Foo> fmt::Display for Book<'_, T> {
        fn fmt(&self) {}
    }

    impl Shelf {
        pub fn elsewhere(&self) {}
    }

    pub trait Shop: A + B {
        fn buy(&self) -> u8;
    }

    pub enum Kind { A, B(u8) }

    #[macro_export]
    macro_rules! shelf { ($x:expr) => {}; }

    pub mod inner { pub fn f() {} }
"""


def test_what_pub_shows() -> None:
    assert public(outline("book.rs", BOOK)) == [
        "struct Book",
        "property Book.title",
        "method Book.add",
        "method Book.fmt",
        "method Shelf.elsewhere",
        "trait Shop",
        "method Shop.buy",
        "enum Kind",
        "constant Kind.A",
        "constant Kind.B",
        "macro shelf",
        "namespace inner",
        "function inner.f",
    ]


def test_doc_comments_reach_over_attributes_and_plain_comments() -> None:
    module = outline("book.rs", BOOK)
    book = found(module, "Book")
    assert module.doc.summary == "Books and shelves."
    assert (book.doc.summary, book.span.first, book.span.last) == ("A book.", 7, 13)
    assert book.bases == ("fmt::Display",)
    assert found(module, "Book.title").doc.summary == "What it is called."


def test_sections_of_a_doc_comment() -> None:
    add = found(outline("book.rs", BOOK), "Book.add")
    assert (add.doc.summary, add.doc.details) == ("Adds a page.", "Always at the end.")
    assert [(one.name, one.text) for one in add.doc.raises] == [("Errors", "When it is full.")]
    assert add.doc.examples == ("book.add(1)?;",)
    assert (add.returns, add.labels) == ("Result<(), Full>", ("async", "unsafe"))
    assert (add.span.first, add.span.last) == (28, 31)


def test_uses_and_what_is_passed_on() -> None:
    module = outline("book.rs", BOOK)
    assert [(one.module, one.names) for one in module.imports] == [
        ("std::collections", ("HashMap",)),
        ("std::collections", ("hash_map",)),
        ("std::collections::hash_map", ("Entry",)),
        ("self::inner", ("Thing",)),
    ]
    assert module.exports is not None
    assert {"Thing", "Book", "Shop"} <= module.exports
