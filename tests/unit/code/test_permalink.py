"""Addresses on the web pages of the hosts."""

import pytest

from shared.code.permalink import blob_url, branch_url, commit_url, compare_url, file_url

SHA = "c0ffee" * 6 + "c0ff"


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/acme/shop.git", "https://github.com/acme/shop/blob/{}/a/b.py#L12-L30"),
        ("https://gitlab.com/g/sub/shop", "https://gitlab.com/g/sub/shop/-/blob/{}/a/b.py#L12-30"),
        ("https://gitlab.acme.org/shop/", "https://gitlab.acme.org/shop/-/blob/{}/a/b.py#L12-30"),
        ("https://codeberg.org/o/r.git", "https://codeberg.org/o/r/src/commit/{}/a/b.py#L12-L30"),
        ("https://gitea.acme.org/o/r", "https://gitea.acme.org/o/r/src/commit/{}/a/b.py#L12-L30"),
        ("https://bitbucket.org/o/r.git", "https://bitbucket.org/o/r/src/{}/a/b.py#lines-12:30"),
        ("http://localhost:9000/demo.git", "http://localhost:9000/demo/blob/{}/a/b.py#L12-L30"),
    ],
)
def test_the_lines_of_a_file_are_addressed_as_their_host_does(remote: str, address: str) -> None:
    assert blob_url(remote, SHA, "a/b.py", 12, 30) == address.format(SHA)


def test_one_line_and_no_line_have_forms_of_their_own() -> None:
    remote = "https://github.com/acme/shop"
    assert blob_url(remote, SHA, "a.py", 3, 3).endswith("/a.py#L3")
    assert blob_url(remote, SHA, "a.py", 3).endswith("/a.py#L3")
    assert blob_url(remote, SHA, "a.py").endswith("/a.py")


def test_what_a_path_may_hold_does_not_end_the_address() -> None:
    address = blob_url("https://github.com/o/r", SHA, "a b/(x)#[y]?.py", 1)
    assert address.endswith("/a%20b/%28x%29%23%5By%5D%3F.py#L1")


def test_a_key_in_the_remote_is_never_shown() -> None:
    address = commit_url("https://user:secret@gitlab.com/o/r.git", SHA)
    assert address == f"https://gitlab.com/o/r/-/commit/{SHA}"


def test_branches_are_shown_and_compared() -> None:
    remote = "https://github.com/o/r.git"
    assert branch_url(remote, "task/T-1") == "https://github.com/o/r/tree/task/T-1"
    assert compare_url(remote, "main", "task/T-1").endswith("/o/r/compare/main...task/T-1")
    assert compare_url("https://bitbucket.org/o/r", "main", "x").endswith(
        "/o/r/branches/compare/x%0Dmain"
    )


def test_a_file_is_shown_as_it_is_on_a_branch() -> None:
    shown = file_url("https://github.com/o/r.git", "main", "notion/a b.md")
    assert shown == "https://github.com/o/r/blob/main/notion/a%20b.md"
    assert file_url("https://codeberg.org/o/r", "v/1", "a.md").endswith("/r/src/branch/v/1/a.md")
