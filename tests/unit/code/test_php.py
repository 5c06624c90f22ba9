"""PHP: visibility, promoted properties, PHPDoc, namespaces."""

from tests.support.outlines import found, outline, public

BOOK = """
    <?php
    /** Books of the shop. */

    namespace App\\Shop;

    use Foo\\Bar as B, Foo\\Baz;
    use Foo\\{A, C as D};
    require_once __DIR__ . '/shelf.php';

    const MAX = 3;
    define('OLD', 1);

    /**
     * A book.
     */
    #[Entity]
    abstract class Book extends Base implements X, Y
    {
        use Paged;
        private const HIDDEN = 1;
        public static ?int $count = 0;

        public function __construct(private int $x, public readonly string $y = 'a') {}

        /**
         * Makes.
         *
         * @param array<string, int> $a the pages
         * @param int|null $b
         * @return static|null made, or null
         * @throws \\LogicException never
         */
        #[Pure]
        final public static function make(array &$a, $b = null, string ...$c): static|null
        {
            return null;
        }
        protected function kept() {}
        function open() {}
    }

    enum Suit: string { case Hearts = 'h'; public function label(): string { return ''; } }

    if (!function_exists('late')) {
        function late(int $a) {}
    }
"""


def test_visibility_decides_and_functions_under_conditions_are_read() -> None:
    assert public(outline("Book.php", BOOK)) == [
        "constant MAX",
        "constant OLD",
        "class Book",
        "property Book.count",
        "method Book.__construct",
        "property Book.y",
        "method Book.make",
        "method Book.open",
        "enum Suit",
        "constant Suit.Hearts",
        "method Suit.label",
        "function late",
    ]


def test_phpdoc_over_an_attribute() -> None:
    module = outline("Book.php", BOOK)
    book, make = found(module, "Book"), found(module, "Book.make")
    assert (book.doc.summary, book.span.first) == ("A book.", 16)
    assert book.bases == ("Base", "X", "Y", "Paged")
    assert make.doc.summary == "Makes."
    assert [(one.name, one.type, one.default, one.text) for one in make.parameters] == [
        ("$a", "array", "", "the pages"),
        ("$b", "int|null", "null", ""),
        ("...$c", "string", "", ""),
    ]
    assert (make.returns, make.doc.returns) == ("static|null", "made, or null")
    assert [one.name for one in make.doc.raises] == ["\\LogicException"]
    assert (make.span.first, make.labels) == (33, ("final", "static"))


def test_uses_and_the_files_comment() -> None:
    module = outline("Book.php", BOOK)
    assert module.doc.summary == "Books of the shop."
    assert [(one.module, one.names) for one in module.imports] == [
        ("Foo", ("Bar",)),
        ("Foo", ("Baz",)),
        ("Foo", ("A",)),
        ("Foo", ("C",)),
        ("/shelf.php", ()),
    ]
