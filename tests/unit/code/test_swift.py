"""Swift: access, extensions, parameters with labels, documentation in lists."""

from tests.support.outlines import found, outline, public

BOOK = """
    //
    //  Book.swift
    //  Shop
    //
    //  Created by Somebody on 1/2/20.
    //
    import Foundation

    /// A book.
    ///
    /// It has pages.
    @available(iOS 13, *)
    public final class Book<T: Foo>: Base, Shop where T: Bar {
      public static let max = 3
      private(set) public var title: String = "x" { didSet { } }
      public init?(a: Int) throws { }
      /// Adds.
      /// - Parameters:
      ///   - a: the page
      ///   - b: where
      /// - Returns: how many
      /// - Throws: when full
      @discardableResult
      public func add(_ a: Int, with b: inout String, c: Int = 1) async throws -> [T] { }
      func own() {}
      public enum Color: Int { case red = 1, green; case blue(x: Int) }
    }

    public protocol Shop: A {
      associatedtype Item
      var a: Int { get set }
      func b() -> Int
    }

    extension Book: Codable { public func extended() {} }
    public extension String { func added() {} }
    func internalFunction() {}
"""


def test_access_decides_and_extensions_give_to_their_type() -> None:
    module = outline("Book.swift", BOOK)
    assert public(module) == [
        "class Book",
        "property Book.max",
        "property Book.title",
        "method Book.init",
        "method Book.add",
        "enum Book.Color",
        "constant Book.Color.red",
        "constant Book.Color.green",
        "constant Book.Color.blue",
        "method Book.extended",
        "interface Shop",
        "type Shop.Item",
        "property Shop.a",
        "method Shop.b",
        "method String.added",
    ]
    assert (module.problem, module.doc.empty) == ("", True)


def test_a_method_with_documentation_in_a_list() -> None:
    module = outline("Book.swift", BOOK)
    book, add = found(module, "Book"), found(module, "Book.add")
    assert (book.doc.summary, book.doc.details) == ("A book.", "It has pages.")
    assert (book.span.first, book.bases) == (12, ("Base", "Shop", "Codable"))
    assert [(one.name, one.type, one.default, one.text) for one in add.parameters] == [
        ("a", "Int", "", "the page"),
        ("b", "inout String", "", "where"),
        ("c", "Int", "1", ""),
    ]
    assert (add.returns, add.doc.returns) == ("[T]", "how many")
    assert [one.text for one in add.doc.raises] == ["when full"]
    assert (add.span.first, set(add.labels)) == (23, {"async", "throws"})


def test_conditions_inside_a_switch_do_not_hide_the_class() -> None:
    module = outline(
        "Cut.swift",
        """
        public final class Cut {
          public func go(_ a: borrowing Int) -> Int {
            switch a {
            case 1: return 1
            #if os(iOS)
            case UIApplication.active: return 2
            #else
            case NSApplication.active: return 3
            #endif
            default: return 4
            }
          }
        }
        """,
    )
    assert public(module) == ["class Cut", "method Cut.go"]
