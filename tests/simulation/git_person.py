"""A person who works in the repository: makes, edits, renames, copies and deletes files."""

import re
from collections.abc import Callable
from random import Random
from typing import Final

from dev.fakes.repository import FakeRepository
from tests.simulation import texts
from tests.simulation.ledger import Ledger
from tests.simulation.texts import join_file, page_id_in, split_file, words_in

BRANCH: Final = "main"
FOLDERS: Final = {"tasks": "notion/tasks", "docs": "notion/docs"}
OPTIONS: Final = ("Todo", "Doing", "Done")


class GitPerson:
    """Edits files at the tip of the branch; tells the ledger what was written and taken away."""

    def __init__(self, repository: FakeRepository, words: texts.Words, ledger: Ledger) -> None:
        self.repository = repository
        self._words = words
        self._ledger = ledger
        self._made = 0
        self._deleted: dict[str, str] = {}
        self._tips: list[str] = []

    def act(self, action: str, rng: Random) -> None:
        """Do one of `GIT_ACTIONS`; what has nothing to be done to makes a file instead."""
        tip = self.repository.refs([BRANCH]).heads.get(BRANCH)
        self._tips += [tip] if tip else []
        ACTIONS[action](self, rng)

    def files(self) -> dict[str, str]:
        """The synced files at the tip by path, in order."""
        if BRANCH not in self.repository.refs([BRANCH]).heads:
            return {}
        found = self.repository.contents(BRANCH)
        return {
            path: found[path].decode()
            for path in sorted(found)
            if path.startswith("notion/") and path.endswith(".md")
        }

    def mend(self) -> None:
        """Take invalid lines out of the front matter of all files, as somebody would in the end."""
        for path, text in self.files().items():
            mended = text.replace(_INVALID, "")
            if mended != text:
                self._write({path: mended})

    def create(self, rng: Random) -> None:
        """A new file, with or without a front matter."""
        self._made += 1
        folder = rng.choice(sorted(FOLDERS.values()))
        keys = {}
        if rng.random() < 0.8:
            keys["title"] = f"title: {self._words()} {self._words()}"
        if rng.random() < 0.5:
            keys["Status"] = f"Status: {rng.choice(OPTIONS)}"
        if rng.random() < 0.5:
            keys["Note"] = f"Note: {self._words()}"
        if rng.random() < 0.3:
            keys["mine"] = f"mine: {self._words()}"
        body = texts.new_body(rng, self._words)
        self._write({f"{folder}/{self._file_name(rng)}.md": join_file(keys, body)})

    def edit_at(self, path: str, edit: texts.Edit, rng: Random) -> None:
        """Edit the body of this file."""
        keys, body = split_file(self.files()[path])
        self._write({path: join_file(keys, edit(rng, self._words, body))})

    def set_at(self, path: str, line: str) -> None:
        """Set a key of this file by its line."""
        self._write({path: _with_line(self.files()[path], line)})

    def _file_name(self, rng: Random) -> str:
        return rng.choice((f"file-{self._made}", f"Some File {self._made}", f"sub/f{self._made}"))

    def _write(self, files: dict[str, str | None]) -> None:
        """Commit contents, and tell what they add and take away."""
        before = self.files()
        self.repository.commit(
            BRANCH, {path: None if text is None else text.encode() for path, text in files.items()}
        )
        old = frozenset().union(*(words_in(before.get(path, "")) for path in files))
        new = frozenset().union(*(words_in(text or "") for text in files.values()))
        # A file that is deleted whole stays in the history; one whose last word is taken out does
        # not come back from there.
        if any(text is not None for text in files.values()):
            self._ledger.edited("git", old, new)
            keys = (split_file(text or "")[0] for text in files.values())
            self._ledger.only_in_git |= words_in("\n".join(each.get("mine", "") for each in keys))

    def _pick(self, rng: Random) -> tuple[str, str] | None:
        files = self.files()
        return rng.choice(list(files.items())) if files else None

    def _change(self, rng: Random, edit: Callable[[str], str]) -> None:
        """Edit a file; make one if there is none."""
        picked = self._pick(rng)
        if picked is None:
            self.create(rng)
            return
        path, text = picked
        after = edit(text)
        if after != text:
            self._write({path: after})

    def _edit_body(self, rng: Random) -> None:
        def edit(text: str) -> str:
            keys, body = split_file(text)
            return join_file(keys, rng.choice(texts.BODY_EDITS)(rng, self._words, body))

        self._change(rng, edit)

    def _respell(self, rng: Random) -> None:
        def edit(text: str) -> str:
            keys, body = split_file(text)
            return join_file(keys, texts.respell(rng, self._words, body))

        self._change(rng, edit)

    def _edit_keys(self, rng: Random) -> None:
        line = rng.choice(
            (
                f"title: {self._words()}",
                f"Status: {rng.choice(OPTIONS)}",
                f"Note: {self._words()} {self._words()}",
                f"Note: '{self._words()}'",
                "Note:",
                f"Points: {rng.randint(0, 9)}",
                f"Done: {rng.choice(('true', 'false'))}",
                f"Due: 2026-12-{rng.randint(10, 28)}",
                f"Labels: [{rng.choice(('red', 'green', 'blue'))}]",
                f"mine: {self._words()}",
            )
        )
        self._change(rng, lambda text: _with_line(text, line))

    def _relate(self, rng: Random) -> None:
        docs = [path for path in self.files() if path.startswith(FOLDERS["docs"])]
        tasks = [path for path in self.files() if path.startswith(FOLDERS["tasks"])]
        if not docs or not tasks:
            self.create(rng)
            return
        task = rng.choice(tasks)
        self._write({task: _with_line(self.files()[task], f'Docs: ["{rng.choice(docs)}"]')})

    def _rename(self, rng: Random) -> None:
        self._move(rng, lambda path: path.rsplit("/", 1)[0], lambda text: text)

    def _rename_and_edit(self, rng: Random) -> None:
        def edit(text: str) -> str:
            keys, body = split_file(text)
            return join_file(keys, texts.append(rng, self._words, body))

        self._move(rng, lambda path: path.rsplit("/", 1)[0], edit)

    def _move_folder(self, rng: Random) -> None:
        tasks, docs = FOLDERS["tasks"], FOLDERS["docs"]
        self._move(rng, lambda path: docs if path.startswith(tasks) else tasks, lambda text: text)

    def _move(self, rng: Random, to: Callable[[str], str], edit: Callable[[str], str]) -> None:
        """Move a file; without its id it may be taken for another one, and both be kept."""
        picked = self._pick(rng)
        if picked is None:
            self.create(rng)
            return
        self._made += 1
        path, text = picked
        if "id" not in split_file(text)[0]:
            self._ledger.revived |= words_in(text)
            self._ledger.deleted("git", words_in(text))
        self._write({path: None, f"{to(path)}/moved-{self._made}.md": edit(text)})

    def _delete(self, rng: Random) -> None:
        picked = self._pick(rng)
        if picked is not None:
            self._deleted[picked[0]] = picked[1]
            self._ledger.deleted("git", words_in(picked[1]))
            self._write({picked[0]: None})

    def _delete_all(self, _rng: Random) -> None:
        files = self.files()
        if files:
            self._deleted |= files
            self._ledger.deleted("git", words_in("".join(files.values())))
            self._write(dict.fromkeys(files))

    def _revert(self, rng: Random) -> None:
        """Bring a deleted file back as it was."""
        if not self._deleted:
            self.create(rng)
            return
        path = rng.choice(sorted(self._deleted))
        text = self._deleted.pop(path)
        if path not in self.files():
            self._ledger.revived |= words_in(text)
            self._write({path: text})

    def _copy(self, rng: Random) -> None:
        """Copy a file with all that stands in it, its id too."""
        picked = self._pick(rng)
        if picked is None:
            self.create(rng)
            return
        self._made += 1
        folder = picked[0].rsplit("/", 1)[0]
        self._ledger.revived |= words_in(picked[1])
        self._write({f"{folder}/copy-{self._made}.md": picked[1]})

    def _drop_id(self, rng: Random) -> None:
        def edit(text: str) -> str:
            # Under a new name it is another file now, and the one that it was is deleted.
            self._ledger.revived |= words_in(text) | self._words_of_versions(text)
            keys, body = split_file(text)
            keys.pop("id", None)
            return join_file(keys, body)

        self._change(rng, edit)

    def _break(self, rng: Random) -> None:
        """Make a front matter invalid: as long as it is, nothing tells whose file it is."""

        def edit(text: str) -> str:
            self._ledger.revived |= words_in(text)
            return _broken(text)

        self._change(rng, edit)

    def _mend(self, _rng: Random) -> None:
        self.mend()

    def _force_back(self, rng: Random) -> None:
        """Put the branch back on one of its last tips, whatever happened since."""
        if not self._tips:
            self.create(rng)
            return
        commit = rng.choice(self._tips[-3:])
        before = self._words_of_history()
        self.repository.force(BRANCH, commit)
        after = words_in("".join(self.files().values()))
        self._ledger.revived |= after | self._ledger.removed_on["git"]
        self._ledger.dropped |= before - after

    def _words_of_history(self) -> frozenset[str]:
        """The words of all files in all commits of the branch."""
        return words_in("\n".join(self._history()))

    def _words_of_versions(self, text: str) -> frozenset[str]:
        """The words of all versions of a file, by the page id in it."""
        page = page_id_in(text)
        versions = (each for each in self._history() if page and page_id_in(each) == page)
        return words_in("\n".join(versions))

    def _history(self) -> list[str]:
        """All texts of all commits of the branch."""
        blobs = {
            blob.id
            for commit in self.repository.commits(BRANCH, None, 500)
            for blob in self.repository.snapshot(commit.sha).files.values()
        }
        contents = self.repository.read(sorted(blobs)).values()
        return [content.decode() for content in contents]


_INVALID: Final = "broken: [\n"


def _broken(text: str) -> str:
    return text.replace("---\n", f"---\n{_INVALID}", 1) if text.startswith("---\n") else text


def _with_line(text: str, line: str) -> str:
    """The file with this line for its key."""
    keys, body = split_file(text)
    return join_file({**keys, re.split("[: ]", line)[0]: line}, body)


ACTIONS: Final[dict[str, Callable[[GitPerson, Random], None]]] = {
    "create": GitPerson.create,
    "edit_body": GitPerson._edit_body,
    "edit_keys": GitPerson._edit_keys,
    "respell": GitPerson._respell,
    "relate": GitPerson._relate,
    "rename": GitPerson._rename,
    "rename_and_edit": GitPerson._rename_and_edit,
    "move_folder": GitPerson._move_folder,
    "delete": GitPerson._delete,
    "delete_all": GitPerson._delete_all,
    "revert": GitPerson._revert,
    "copy": GitPerson._copy,
    "drop_id": GitPerson._drop_id,
    "break": GitPerson._break,
    "mend": GitPerson._mend,
    "force_back": GitPerson._force_back,
}
GIT_WEIGHTS: Final = dict.fromkeys(ACTIONS, 1) | {
    "create": 4, "edit_body": 8, "edit_keys": 6, "rename": 2, "delete": 2, "mend": 2
}  # fmt: skip
