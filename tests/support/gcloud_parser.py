"""Parses command lines with gcloud's own parser and runs none of them.

Run it with gcloud's Python: `python gcloud_parser.py SDK_ROOT`, a JSON list of argument lists on
standard input; it answers with the faults, one text for each command, empty for those that parse.
"""

import contextlib
import io
import json
import sys
from pathlib import Path


def main() -> int:
    """Parse what is on standard input."""
    lib = Path(sys.argv[1]) / "lib"
    sys.path[:0] = [str(lib), str(lib / "third_party")]
    from googlecloudsdk import gcloud_main  # type: ignore[import-not-found]

    parser = gcloud_main.CreateCLI([])._CLI__parser
    faults = []
    for arguments in json.load(sys.stdin):
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
                parser.parse_args(arguments)
            faults.append("")
        except SystemExit:
            faults.append(said.getvalue() or "gcloud refuses it")
    print(json.dumps(faults))
    return 0


if __name__ == "__main__":
    sys.exit(main())
