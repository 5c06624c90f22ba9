"""The languages of Notion's code blocks, and the aliases it rewrites."""

LANGUAGES = frozenset(
    """abap abc agda arduino assembly bash basic bnf c c# c++ clojure coffeescript coq css
    dart dhall diff docker ebnf elixir elm erlang f# flow fortran gherkin glsl go graphql
    groovy haskell hcl html idris java javascript json julia kotlin latex less lisp
    livescript lua makefile markdown markup matlab mathematica mermaid nix objective-c
    ocaml pascal perl php powershell prolog protobuf purescript python r racket reason
    ruby rust sass scala scheme scss shell smalltalk solidity sql swift toml typescript
    verilog vhdl webassembly xml yaml""".split()
) | {"ascii art", "llvm ir", "notion formula", "plain text", "vb.net", "visual basic",
     "java/c/c++/c#"}  # fmt: skip
_ALIASES = {
    "js": "javascript", "jsx": "javascript", "mjs": "javascript", "node": "javascript",
    "ts": "typescript", "tsx": "typescript", "py": "python", "python3": "python", "rb": "ruby",
    "rs": "rust", "yml": "yaml", "sh": "shell", "zsh": "shell", "console": "shell",
    "md": "markdown",
    "cpp": "c++", "cs": "c#", "csharp": "c#", "fsharp": "f#", "golang": "go", "kt": "kotlin",
    "ps1": "powershell", "dockerfile": "docker", "make": "makefile", "proto": "protobuf",
    "tex": "latex", "hs": "haskell", "objc": "objective-c", "jsonc": "json", "tf": "hcl",
    "terraform": "hcl", "asm": "assembly", "wasm": "webassembly", "vb": "visual basic",
    "text": "plain text", "txt": "plain text", "plain": "plain text", "plaintext": "plain text",
}  # fmt: skip


def language_of(info: str) -> str:
    """Give the language Notion stores for a fence's info string; unknown ones are plain text."""
    whole = info.strip().lower()
    first = whole.split(" ")[0]
    for name in (whole, first):
        if _ALIASES.get(name, name) in LANGUAGES:
            return _ALIASES.get(name, name)
    return "plain text"
