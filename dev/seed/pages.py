"""What stands in the demo workspace's Notion: some tasks and docs of the sample repository."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePage:
    """A page as a person wrote it. `properties`: name → value in Notion's own form."""

    collection: Literal["tasks", "docs"]
    title: str
    markdown: str
    properties: Mapping[str, object] = field(default_factory=dict)


def _status(name: str) -> dict[str, object]:
    return {"Status": {"select": {"name": name}}}


PAGES: Final = (
    SamplePage(
        collection="tasks",
        title="Export a book as CSV",
        properties=_status("To do"),
        markdown="""\
The monthly report is for reading; people also want to open their expenses in a **spreadsheet**.

- one line per entry: day, category, amount, note
- amounts as `12.50`, without a currency
- a note may hold commas and quotes
""",
    ),
    SamplePage(
        collection="tasks",
        title="Read amounts with a thousands separator",
        properties=_status("To do"),
        markdown="""\
`parse_amount("1,250.00")` is refused; it should be 125000 cents.

1. write the test
2. make it pass
""",
    ),
    SamplePage(
        collection="tasks",
        title="Keep a book of expenses",
        properties=_status("Done"),
        markdown="Done with the first release.\n",
    ),
    SamplePage(
        collection="docs",
        title="How we work",
        markdown="""\
## A task's way

1. Write it down here, in *Tasks*.
2. Set its status to **In progress**, here or in its file.
3. Say in the file what was done; the page follows with the next push.

## Where things are

| What | Where |
| --- | --- |
| Tasks | `notion/tasks` |
| Docs | `notion/docs` |

> Edit a page here or its file in the repository: the other side follows.
""",
    ),
    SamplePage(
        collection="docs",
        title="Amounts",
        markdown="""\
Amounts are whole cents, never floating point.

```python
from pocketbook import format_amount, parse_amount

lunch = parse_amount("12.50")
print(format_amount(lunch + 300))
```

- a refund is negative
- [Why not floats?](https://docs.python.org/3/tutorial/floatingpoint.html)
""",
    ),
)
