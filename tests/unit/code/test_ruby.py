"""Ruby: what private hides, class methods, accessors, YARD."""

from tests.support.outlines import found, outline, public

BOOK = """
    # frozen_string_literal: true

    require 'set'
    require_relative 'shelf'

    module Shop
      MAX = 3

      # A book. Of pages.
      #
      # @example
      #   Book.new(1)
      class Book < Base::Thing
        include Enumerable
        attr_accessor :title
        private attr_reader :secret

        class << self
          def make; end

          private

          def hidden; end
        end

        # Adds.
        # @param page [Integer] which
        # @return [Boolean] whether it fit
        # @raise [Full] when it did not
        def add(page, at = 1, *rest, mark:, colour: 2, **more, &block)
          true
        end

        def self.find(id) = 1
        def ==(other); end
        alias same ==

        private

        def later; end
        public def shown; end
        def initialize(a); end

        Point = Struct.new(:x) do
          def area; end
        end
      end
    end

    module Shop
      def self.reopened; end
      def named; end
      private :named
    end
"""


def test_private_hides_until_it_is_taken_back() -> None:
    assert public(outline("book.rb", BOOK)) == [
        "namespace Shop",
        "constant Shop.MAX",
        "class Shop.Book",
        "property Shop.Book.title",
        "method Shop.Book.make",
        "method Shop.Book.add",
        "method Shop.Book.find",
        "method Shop.Book.==",
        "method Shop.Book.same",
        "method Shop.Book.shown",
        "method Shop.Book.initialize",
        "class Shop.Book.Point",
        "method Shop.Book.Point.area",
        "method Shop.reopened",
    ]


def test_yard() -> None:
    module = outline("book.rb", BOOK)
    book, add = found(module, "Shop.Book"), found(module, "Shop.Book.add")
    assert (book.doc.summary, book.doc.examples) == ("A book.", ("Book.new(1)",))
    assert book.bases == ("Base::Thing", "Enumerable")
    assert (add.parameters[0].type, add.parameters[0].text) == ("Integer", "which")
    assert [one.name for one in add.parameters] == [
        "page",
        "at",
        "*rest",
        "mark:",
        "colour:",
        "**more",
        "&block",
    ]
    assert (add.returns, add.doc.returns) == ("Boolean", "whether it fit")
    assert [(one.name, one.text) for one in add.doc.raises] == [("Full", "when it did not")]
    assert add.signature == ("def add(page, at = 1, *rest, mark:, colour: 2, **more, &block)")


def test_requires() -> None:
    modules = [one.module for one in outline("book.rb", BOOK).imports]
    assert modules == ["set", "./shelf"]
