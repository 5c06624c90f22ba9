"""TypeScript: types, overloads, namespaces, decorators, declaration files."""

from tests.support.outlines import found, outline, public, spans


def test_types_of_every_kind() -> None:
    module = outline(
        "types.ts",
        """
        export interface Shop<T> extends A<T>, B {
          /** The name. */
          name: string;
          buy(count: number): void;
          (call: string): void;
        }
        export type Id = string | number;
        export enum Color { Red = 1, 'Dark-blue' }
        export abstract class Shape { abstract area(): number; }
        type Hidden = Id;
        """,
    )
    assert public(module) == [
        "interface Shop",
        "property Shop.name",
        "method Shop.buy",
        "type Id",
        "enum Color",
        "constant Color.Red",
        "constant Color.Dark-blue",
        "class Shape",
        "method Shape.area",
    ]
    assert found(module, "Shop").bases == ("A<T>", "B")
    assert found(module, "Shop.name").doc.summary == "The name."
    assert found(module, "Id").signature == "export type Id = string | number"
    assert "abstract" in found(module, "Shape.area").labels


def test_decorators_belong_to_the_span_and_not_to_the_signature() -> None:
    module = outline(
        "cart.ts",
        """
        /** A cart. */
        @Component({ selector: 'cart' })
        export class Cart<T extends Item = Item> extends Base<T> implements Shop, Other {
          @Input() label!: string;
          /** Adds. */
          @Output()
          public async add(item: T, n?: number, ...rest: string[]): Promise<void> {}
          private hidden = 1;
          constructor(private name: string, readonly age = 3) { super(); }
        }
        """,
    )
    cart = found(module, "Cart")
    assert (cart.span.first, cart.doc.summary) == (2, "A cart.")
    assert cart.signature == (
        "export class Cart<T extends Item = Item> extends Base<T> implements Shop, Other"
    )
    assert cart.bases == ("Base<T>", "Shop", "Other")
    add = found(module, "Cart.add")
    assert (add.span.first, add.span.last, add.doc.summary) == (6, 7, "Adds.")
    assert add.signature == (
        "public async add(item: T, n?: number, ...rest: string[]): Promise<void>"
    )
    assert [(one.name, one.type) for one in add.parameters] == [
        ("item", "T"),
        ("n?", "number"),
        ("...rest", "string[]"),
    ]
    assert not found(module, "Cart.hidden").public
    assert not found(module, "Cart.name").public
    assert found(module, "Cart.age").public


def test_overloads_are_one_symbol_with_all_their_signatures() -> None:
    module = outline(
        "over.ts",
        """
        /** Reads. */
        export function read(path: string): string;
        export function read(id: number): number;
        export function read(any: any) {
          return any;
        }
        """,
    )
    read = found(module, "read")
    assert read.signature == (
        "export function read(path: string): string\nexport function read(id: number): number"
    )
    assert (read.span.first, read.span.last, read.doc.summary) == (2, 6, "Reads.")


def test_namespaces_show_what_they_export() -> None:
    module = outline(
        "space.ts",
        "export namespace Util { export function help() {} function inner() {} }\n",
    )
    assert public(module) == ["namespace Util", "function Util.help"]


def test_a_declaration_file_declares_everything_public() -> None:
    module = outline(
        "lib.d.ts",
        """
        declare function open(path: string): File;
        declare const VERSION: string;
        declare namespace Deep { function inner(): void; }
        declare module 'foo' { export function f(): void; }
        """,
    )
    assert public(module) == [
        "function open",
        "constant VERSION",
        "namespace Deep",
        "function Deep.inner",
        "namespace foo",
        "function foo.f",
    ]


def test_export_type_of_everything_is_read() -> None:
    module = outline("re.ts", "export type * from './types';\nexport const a = 1;\n")
    assert module.problem == ""
    assert [one.module for one in module.imports] == ["./types"]


def test_components_of_tsx() -> None:
    module = outline(
        "app.tsx",
        """
        export const App: React.FC<Props> = ({ name }) => (
          <div className="a">{name}</div>
        );
        """,
    )
    assert public(module) == ["function App"]
    assert spans(module) == {"App": (1, 3)}
    assert found(module, "App").parameters[0].name == "{ name }"


def test_variance_of_type_parameters_is_read() -> None:
    module = outline("v.ts", "export interface A<in T, out U = string> { go(x: T): U }\n")
    assert public(module) == ["interface A", "method A.go"]
    assert module.problem == ""
