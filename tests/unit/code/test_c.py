"""C: prototypes, macros, typedefs, conditions of the preprocessor."""

from shared.code.grammar import error_count
from tests.support.outlines import found, outline, public

BOOK = """
    /* Copyright (C) 2020 Somebody */
    #ifndef BOOK_H
    #define BOOK_H
    #include <stdio.h>
    #include "shelf.h"
    #define MAX 3 /* as many as fit */
    #define SQUARE(x) ((x)*(x))
    #ifdef __cplusplus
    extern "C" {
    #endif

    /** A book. */
    typedef struct book {
        int pages; /**< how many */
        struct { int q; } in;
    } book_t;
    typedef int (*compare)(const void *a, const void *b);
    enum { FIRST, SECOND };

    /**
     * Adds.
     * @param[in] b where
     * @param pages how many
     * \\return zero, or \\c -1
     */
    API_EXPORT int add(book_t *b, const char *pages[], int (*cmp)(int), ...);
    static inline int hidden(void) { return 1; }
    extern int count;
    #ifdef __cplusplus
    }
    #endif
    #endif
"""


def test_a_header() -> None:
    module = outline("book.h", BOOK)
    assert module.language == "c"
    assert public(module) == [
        "constant MAX",
        "macro SQUARE",
        "struct book",
        "property book.pages",
        "property book.q",
        "property book.in",
        "type book_t",
        "type compare",
        "constant FIRST",
        "constant SECOND",
        "function add",
        "variable count",
    ]
    assert (module.problem, module.doc.empty) == ("", True)
    assert [one.module for one in module.imports] == ["stdio.h", "shelf.h"]
    assert found(module, "MAX").doc.summary == "as many as fit"
    assert found(module, "book.pages").doc.summary == "how many"


def test_a_prototype_with_doxygen() -> None:
    add = found(outline("book.h", BOOK), "add")
    assert add.signature == "int add(book_t *b, const char *pages[], int (*cmp)(int), ...)"
    assert [(one.name, one.type, one.text) for one in add.parameters] == [
        ("b", "book_t *", "where"),
        ("pages", "const char *[]", "how many"),
        ("cmp", "int (*)(int)", ""),
        ("...", "", ""),
    ]
    assert (add.doc.returns, add.labels) == ("zero, or `-1`", ("prototype",))


def test_prototype_and_definition_are_one_symbol() -> None:
    module = outline(
        "a.c",
        """
        /* Goes. */
        static int go(int a);
        int other(void);

        static int go(int a)
        {
            return a;
        }
        """,
    )
    go = found(module, "go")
    assert (go.span.first, go.span.last, go.public) == (5, 8, False)
    assert (go.doc.summary, "prototype" in go.labels) == ("Goes.", False)


def test_both_branches_of_a_condition_are_read() -> None:
    module = outline("b.c", "#if X\nint one(void);\n#else\nint two(void);\n#endif\n")
    assert public(module) == ["function one", "function two"]


def test_a_block_that_a_condition_cuts_is_read() -> None:
    module = outline(
        "cut.c",
        """
        int go(int a)
        {
        #ifdef X
            if (a) {
        #else
            if (!a) {
        #endif
                return 1;
            }
            return 0;
        }
        #ifdef Y
        int one(void) { return 1; }
        #else
        int two(void) { return 2; }
        #endif
        """,
    )
    assert public(module) == ["function go", "function one", "function two"]
    assert found(module, "go").span.last == 11


def test_functions_that_return_functions_and_old_prototypes() -> None:
    module = outline(
        "odd.c",
        """
        int (*handler(int s))(int) { return 0; }
        int (*pointer)(int);
        extern int ZEXPORT deflate OF((z_streamp strm, int flush));
        """,
    )
    assert public(module) == ["function handler", "variable pointer", "function deflate"]


def test_errors_are_counted_for_comparison() -> None:
    assert error_count("c", "int a(void) { return 1; }\n") == 0
    assert error_count("c", "int a(void) { return 1; \n") > 0
