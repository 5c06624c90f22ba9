"""Which paths a generated change may write, and which it may not even read."""

import pytest

from shared.code.guarded_paths import Tree, is_secret

TREE = Tree(
    {
        "README.md": 0o100644,
        "src/app/money.py": 0o100644,
        "src/run.sh": 0o100755,
        "link": 0o120000,
        "vendor/lib": 0o160000,
        ".github/workflows/ci.yml": 0o100644,
        "notion/tasks/one.md": 0o100644,
    }
)


@pytest.mark.parametrize(
    "path",
    [
        "src/app/money.py",
        "src/run.sh",
        "src/app/new.py",
        "new/deep/file.rs",
        "notion/tasks/one.md",
        "notion/tasks/two.md",
        ".gitignore",
        "credentials.py",
        "src/credentials/store.py",
        ".env.example",
        "docs/keys.md",
        "größe.py",
        "src/environment.py",
        "secrets.py",
    ],
)
def test_ordinary_files_may_be_written(path: str) -> None:
    assert TREE.fault(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "~/x",
        "../x.py",
        "src/../../x.py",
        "src/./x.py",
        "src//x.py",
        "src/x.py/",
        "C:\\x.py",
        "src\\x.py",
        "a\nb.py",
        "a\u202eyp.b",
        "a\u200bb.py",
        "a\ud800.py",
        "con.py",
        "src/nul",
        "x.py.",
        "x.py ",
        " x.py",
        "x" * 201,
        "ö" * 130,
    ],
)
def test_odd_paths_are_refused(path: str) -> None:
    assert TREE.fault(path) is not None


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".GIT/hooks/post-commit",
        "src/.git/config",
        ".git",
        "git~1/config",
        ".gitmodules",
        ".github/workflows/ci.yml",
        ".github/workflows/new.yml",
        ".GitHub/workflows/new.yml",
        ".gitlab-ci.yml",
        "Jenkinsfile",
        ".circleci/config.yml",
        ".travis.yml",
        "azure-pipelines.yml",
        "cloudbuild.yaml",
        ".husky/pre-commit",
        ".pre-commit-config.yaml",
    ],
)
def test_files_that_run_by_themselves_are_refused(path: str) -> None:
    assert TREE.fault(path) is not None


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.local",
        "app/.ENV",
        "prod.env",
        "key.pem",
        "tls/server.key",
        "id_rsa",
        "home/.ssh/config",
        "credentials.json",
        "credentials-prod.json",
        ".aws/credentials",
        "my-service-account.json",
        "client_secret_123.json",
        ".netrc",
        ".npmrc",
        "secrets.yaml",
        "secrets.prod.yaml",
        "prod.tfvars",
        "terraform.tfstate",
        ".docker/config.json",
    ],
)
def test_files_of_secrets_are_neither_read_nor_written(path: str) -> None:
    assert is_secret(path)
    assert TREE.fault(path) is not None


@pytest.mark.parametrize(
    "path", ["link", "link/x.py", "vendor/lib", "vendor/lib/x.c", "README.md/x", "src", "src/app"]
)
def test_links_submodules_and_folders_are_not_written_through(path: str) -> None:
    assert TREE.fault(path) is not None


@pytest.mark.parametrize("path", ["readme.md", "SRC/app/x.py", "src/App/x.py", "src/app/Money.py"])
def test_names_that_differ_in_case_alone_are_refused(path: str) -> None:
    assert "cannot tell it from" in (TREE.fault(path) or "")
