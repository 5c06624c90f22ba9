"""C++: access, templates, members defined outside, namespaces, export macros."""

from tests.support.outlines import found, outline, public

BOOK = """
    #include <vector>
    namespace shop { namespace v1::deep {
    /// A book.
    template <typename T, int N = 3>
    class [[nodiscard]] SHOP_EXPORT Book final : public Base<T>, private virtual Other {
    public:
      explicit Book(int n) : pages(n) {}
      virtual ~Book() = default;
      /// How large.
      /// \\tparam T ignored
      virtual int area(const std::string& s = "x") const = 0;
      bool operator==(const Book& o) const { return true; }
      operator bool() const;
      enum class Color : int { Red = 1, Green };
    protected:
      int kept();
    private:
      int pages;
    };
    }
    static int hidden();
    int& ref(int&& a);
    }
    namespace { int anonymous; }
"""


def test_access_decides_in_classes() -> None:
    module = outline("book.hpp", BOOK)
    assert public(module) == [
        "namespace shop",
        "namespace shop.v1.deep",
        "class shop.v1.deep.Book",
        "method shop.v1.deep.Book.Book",
        "method shop.v1.deep.Book.~Book",
        "method shop.v1.deep.Book.area",
        "method shop.v1.deep.Book.operator==",
        "method shop.v1.deep.Book.operator bool",
        "enum shop.v1.deep.Book.Color",
        "constant shop.v1.deep.Book.Color.Red",
        "constant shop.v1.deep.Book.Color.Green",
        "function shop.ref",
    ]
    assert module.problem == ""


def test_a_template_behind_an_export_macro() -> None:
    book = found(outline("book.hpp", BOOK), "shop.v1.deep.Book")
    assert (book.span.first, book.span.last) == (4, 19)
    assert book.bases == ("Base<T>", "Other")
    assert book.doc.summary == "A book."
    area = next(one for one in book.children if one.name == "area")
    assert set(area.labels) == {"virtual", "prototype", "abstract"}
    assert area.parameters[0].default == '"x"'


def test_members_defined_outside_belong_to_their_class() -> None:
    module = outline(
        "book.cc",
        """
        class Book {
         public:
          // Adds.
          int add(int page);
          void add(const char* page);
        };
        int Book::add(int page) {
          return 1;
        }
        void Shelf::put() {}
        """,
    )
    assert [(one.qualname, one.span.first) for one in module.symbols] == [
        ("Book", 1),
        ("Shelf.put", 10),
    ]
    children = module.symbols[0].children
    assert [(one.qualname, one.span.first, one.span.last) for one in children] == [
        ("Book.add", 5, 5),
        ("Book.add", 7, 9),
    ]
    assert children[1].doc.summary == "Adds."


def test_a_header_named_h_that_holds_cpp_is_cpp() -> None:
    assert outline("a.h", "namespace a { class B {}; }\n").language == "cpp"
    assert outline("b.h", "struct b { int x; };\n").language == "c"


def test_objective_c_says_that_it_is_not_read() -> None:
    assert outline("V.h", "@interface V : NSObject\n@end\n").problem == "Objective-C is not read"
