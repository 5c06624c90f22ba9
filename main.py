"""The whole product on this machine: `pip install -r requirements.txt`, then `python main.py`."""

import sys


def main() -> int:
    """Start the launcher, or say in one line what is missing."""
    if sys.version_info < (3, 11):  # noqa: UP036  # a plain line for whoever tries an older one
        print("error: Python 3.11 or later is needed; try: make run", file=sys.stderr)
        return 1
    try:
        from dev.launcher import cli
    except ModuleNotFoundError as exc:
        mend = "pip install -r requirements.txt (or: make run)"
        print(f"error: the package {exc.name} is missing: {mend}", file=sys.stderr)
        return 1
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
