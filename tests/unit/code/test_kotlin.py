"""Kotlin: public by default, primary constructors, companions, KDoc."""

from tests.support.outlines import found, outline, public

BOOK = """
    package com.x.shop

    import a.b.*
    import a.b.C as D

    /**
     * A book.
     * @param title what it is called
     * @property title too
     */
    @Serializable
    data class Book<T : Any>(val title: String, private var n: Int = 3) : Base<T>(n), Shop by d {
      constructor(a: Int) : this("x", a)
      val size: Int get() = 1
      private var x = 1
      companion object { const val MAX = 3 }
      override suspend fun <R> add(a: Int, vararg b: String, c: (Int) -> Unit = {}): R {
        return a
      }
      internal fun hidden() {}
      protected open fun kept() = 1
    }

    enum class Color(val rgb: Int) { RED(1), GREEN(2) }

    fun interface Runner { fun run() }

    fun String.extended(a: Int): Int = 1
    typealias Callback = (Int) -> Unit
    object Single : Foo()
"""


def test_what_no_modifier_hides_is_public() -> None:
    module = outline("Book.kt", BOOK)
    assert public(module) == [
        "class Book",
        "property Book.title",
        "method Book.constructor",
        "property Book.size",
        "class Book.Companion",
        "constant Book.Companion.MAX",
        "method Book.add",
        "enum Color",
        "property Color.rgb",
        "constant Color.RED",
        "constant Color.GREEN",
        "interface Runner",
        "method Runner.run",
        "function extended",
        "type Callback",
        "class Single",
    ]
    assert module.problem == ""


def test_a_data_class_with_kdoc() -> None:
    module = outline("Book.kt", BOOK)
    book, add = found(module, "Book"), found(module, "Book.add")
    assert (book.doc.summary, book.span.first, book.labels) == ("A book.", 11, ("data",))
    assert book.bases == ("Base<T>", "Shop")
    assert book.parameters[0].text == "what it is called"
    assert add.signature == (
        "override suspend fun <R> add(a: Int, vararg b: String, c: (Int) -> Unit = {}): R"
    )
    assert [(one.name, one.type, one.default) for one in add.parameters] == [
        ("a", "Int", ""),
        ("b", "vararg String", ""),
        ("c", "(Int) -> Unit", "{}"),
    ]
    assert add.returns == "R"
    assert [(one.module, one.names) for one in module.imports] == [("a.b", ()), ("a.b", ("C",))]


def test_annotation_classes_without_body() -> None:
    module = outline("A.kt", "@Target(X.Y)\n@Retention(X.Z)\nannotation class Fast\n")
    assert public(module) == ["class Fast"]
    assert (found(module, "Fast").span.first, found(module, "Fast").span.last) == (1, 3)
