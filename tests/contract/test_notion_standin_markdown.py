"""The Markdown endpoints of the Notion stand-in, over plain HTTP."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.standins import running

Page = str


class Notion:
    """The vendor's address with the right headers, and the control address."""

    def __init__(self, address: str, control: str) -> None:
        self.control = httpx.Client(base_url=f"http://{control}")
        info = self.control.get("/info").json()
        self.root: str = info["parent_page_id"]
        self.http = httpx.Client(
            base_url=f"http://{address}/v1/",
            headers={"Authorization": f"Bearer {info['token']}", "Notion-Version": "2026-03-11"},
        )

    def page(self, markdown: str, **body: Any) -> Page:
        made = self.http.post(
            "pages",
            json={
                "parent": {"page_id": self.root},
                "properties": {"title": {"title": [{"text": {"content": "Page"}}]}},
                "markdown": markdown,
                "markdown_version": "v2",
                **body,
            },
        )
        assert made.status_code == 200, made.text
        return str(made.json()["id"])

    def read(self, page: Page, version: str = "v2") -> dict[str, Any]:
        answer = self.http.get(f"pages/{page}/markdown", params={"markdown_version": version})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def write(self, page: Page, kind: str, version: str = "v2", **command: Any) -> httpx.Response:
        body = {"type": kind, kind: command, "markdown_version": version}
        return self.http.patch(f"pages/{page}/markdown", json=body)

    def update(self, page: Page, old: str, new: str, **more: Any) -> httpx.Response:
        change = {"old_str": old, "new_str": new, **more}
        return self.write(page, "update_content", content_updates=[change])

    def blocks(self, page: Page) -> list[dict[str, Any]]:
        return list(self.http.get(f"blocks/{page}/children").json()["results"])


@pytest.fixture(scope="module")
def notion() -> Iterator[Notion]:
    with running("notion_standin") as found:
        client = Notion(found.address, found.control)
        client.control.post("/settings", json={"rate_limit": 0})
        yield client


def test_markdown_becomes_blocks_and_comes_back_in_notions_spelling(notion: Notion) -> None:
    page = notion.page(
        "## Plan\n\n* one\n* __two__\n\n3. a\n7. b\n\n```ts\nx\n```\n\n<div>raw</div>"
    )

    assert [block["type"] for block in notion.blocks(page)] == [
        "heading_2",
        "bulleted_list_item",
        "bulleted_list_item",
        "numbered_list_item",
        "numbered_list_item",
        "code",
        "paragraph",
    ]
    told = notion.read(page)
    assert told["markdown"] == (
        "## Plan\n\n- one\n- **two**\n\n1. a\n2. b\n\n```typescript\nx\n```\n\n\\<div>raw\\</div>"
    )
    assert told["object"] == "page_markdown"
    assert (told["truncated"], told["unknown_block_ids"]) == (False, [])
    assert "request_id" in told


def test_older_dialect_is_the_default_and_has_one_newline_between_blocks(notion: Notion) -> None:
    page = notion.page("")
    body = {
        "type": "insert_content",
        "insert_content": {"content": "## New Section\n\nHello from markdown."},
    }

    answer = notion.http.patch(f"pages/{page}/markdown", json=body)

    assert answer.json()["markdown"] == "## New Section\nHello from markdown."
    assert notion.http.get(f"pages/{page}/markdown").json()["markdown"] == (
        "## New Section\nHello from markdown."
    )


@pytest.mark.parametrize(
    "text",
    [
        "- a\n\t- b\n1. c\n2. d\n- [x] e\n> q",
        '<callout icon="🎯" color="blue_bg">\n\tShip it\n\t- child\n</callout>',
        "<details>\n<summary>Head</summary>\n\tbody\n</details>",
        "```python\nx = 1\n```\n<empty-block/>\n---\n$$\nx+y\n$$",
        '<table header-row="true" header-column="false">\n<tr>\n<td>a</td>\n<td>b</td>\n</tr>\n'
        "</table>",
        "<columns>\n\t<column>\n\t\tleft\n\t</column>\n\t<column>\n\t\tright\n\t</column>\n"
        "</columns>",
        'red {color="red"}\n\tchild\n**b** *i* ~~s~~ `c` \\[x\\] <span underline="true">u</span>',
    ],
)
def test_older_dialect_gives_back_what_it_was_given(notion: Notion, text: str) -> None:
    page = notion.page("")

    answer = notion.write(page, "replace_content", "v1", new_str=text)

    assert answer.json()["markdown"] == text


def test_update_touches_only_the_blocks_it_changes(notion: Notion) -> None:
    page = notion.page("one\n\ntwo\n\n<toggle>\nhead\n\n- x\n- y\n</toggle>\n\nlast")
    before = [block["id"] for block in notion.blocks(page)]

    answer = notion.update(page, "- y", "- z\n- new")

    assert "- x\n- z\n- new" in answer.json()["markdown"]
    assert [block["id"] for block in notion.blocks(page)] == before
    notion.update(page, "two", "2")
    after = [block["id"] for block in notion.blocks(page)]
    assert after[0] == before[0]
    assert after[2:] == before[2:]
    assert after[1] != before[1]


def test_table_cell_is_changed_in_its_row_alone(notion: Notion) -> None:
    page = notion.page("| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |")
    table = notion.blocks(page)[0]["id"]
    rows = [row["id"] for row in notion.blocks(table)]

    notion.update(page, "| 3 | 4 |", "| 3 | 5 |")

    after = [row["id"] for row in notion.blocks(table)]
    assert after[:2] == rows[:2]
    assert after[2] != rows[2]


def test_whole_replacement_makes_every_block_anew(notion: Notion) -> None:
    page = notion.page("one\n\ntwo")
    before = {block["id"] for block in notion.blocks(page)}

    notion.write(page, "replace_content", new_str="one\n\ntwo")

    assert not before & {block["id"] for block in notion.blocks(page)}


def test_insertions_go_where_they_are_sent(notion: Notion) -> None:
    page = notion.page("one\n\ntwo\n\nthree")

    notion.write(page, "insert_content", content="first", position={"type": "start"})
    notion.write(page, "insert_content", content="mid", after="two")
    answer = notion.write(page, "insert_content", content="end")

    assert answer.json()["markdown"] == "first\n\none\n\ntwo\n\nmid\n\nthree\n\nend"
    ranged = notion.write(page, "replace_content_range", content="X", content_range="one...mid")
    assert ranged.json()["markdown"] == "first\n\nX\n\nthree\n\nend"


@pytest.mark.parametrize(
    ("kind", "command", "message"),
    [
        (
            "update_content",
            {"content_updates": [{"old_str": "ABSENT", "new_str": ""}]},
            "was not found",
        ),
        ("update_content", {"content_updates": [{"old_str": "a", "new_str": ""}]}, "matches 2"),
        ("update_content", {"content_updates": [{"old_str": "", "new_str": "x"}]}, "empty"),
        (
            "insert_content",
            {"content": "x", "after": "a", "position": {"type": "end"}},
            "cannot both",
        ),
        ("insert_content", {"content": "x", "after": "nowhere"}, "does not match any content"),
        ("replace_content", {}, "new_str should be defined"),
        ("nothing", {}, "body.type should be one of"),
    ],
)
def test_commands_that_cannot_be_carried_out_are_refused(
    notion: Notion, kind: str, command: dict[str, Any], message: str
) -> None:
    page = notion.page("a\n\na")

    answer = notion.write(page, kind, **command)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert message in answer.json()["message"]
    assert notion.read(page)["markdown"] == "a\n\na"


def test_every_match_is_replaced_when_asked_for(notion: Notion) -> None:
    page = notion.page("a\n\na")

    answer = notion.update(page, "a", "b", replace_all_matches=True)

    assert answer.json()["markdown"] == "b\n\nb"


def test_of_several_updates_what_is_found_is_done(notion: Notion) -> None:
    page = notion.page("one")
    updates = [{"old_str": "absent", "new_str": "x"}, {"old_str": "one", "new_str": "1"}]

    answer = notion.write(page, "update_content", content_updates=updates)

    assert (answer.status_code, answer.json()["markdown"]) == (200, "1")


def test_child_page_is_not_lost_without_leave(notion: Notion) -> None:
    page = notion.page("text\n\n<page>Sub</page>")
    child = notion.blocks(page)[1]
    assert (child["type"], child["child_page"]) == ("child_page", {"title": "Sub"})

    refused = notion.write(page, "replace_content", new_str="only this")
    assert refused.status_code == 400
    assert "Sub" in refused.json()["message"]

    kept = notion.read(page)["markdown"].replace("text", "changed")
    assert notion.write(page, "replace_content", new_str=kept).status_code == 200
    assert notion.blocks(page)[1]["id"] == child["id"]
    notion.write(page, "replace_content", new_str="only this", allow_deleting_content=True)
    assert notion.http.get(f"pages/{child['id']}").json()["in_trash"] is True


def test_block_that_markdown_cannot_carry_is_told_and_kept(notion: Notion) -> None:
    page = notion.page("text")
    preview = {"type": "link_preview", "link_preview": {"url": "https://x.y"}}
    order = {"action": "markdown", "id": page, "blocks": [preview]}
    notion.control.post("/edits", json=order).raise_for_status()
    unknown = notion.blocks(page)[1]["id"]

    told = notion.read(page)

    assert told["unknown_block_ids"] == [unknown]
    assert 'alt="link_preview"/>' in told["markdown"]
    notion.update(page, "text", "changed")
    assert [block["id"] for block in notion.blocks(page)][1] == unknown


def test_bookmark_is_a_tag_in_the_newer_dialect_and_unknown_in_the_older(notion: Notion) -> None:
    page = notion.page('<bookmark source="https://x.y"></bookmark>')

    assert notion.read(page)["unknown_block_ids"] == []
    older = notion.read(page, "v1")
    assert older["unknown_block_ids"] == [notion.blocks(page)[0]["id"]]


def test_first_heading_is_the_title_of_a_page_made_without_one(notion: Notion) -> None:
    made = notion.http.post(
        "pages",
        json={"parent": {"page_id": notion.root}, "markdown": "# My title\n\nbody"},
    ).json()

    assert made["properties"]["title"]["title"][0]["plain_text"] == "My title"
    assert notion.read(made["id"])["markdown"] == "body"


def test_markdown_excludes_children_and_its_version_needs_it(notion: Notion) -> None:
    parent = {"page_id": notion.root}
    both = notion.http.post("pages", json={"parent": parent, "markdown": "x", "children": []})
    alone = notion.http.post("pages", json={"parent": parent, "markdown_version": "v2"})

    assert (both.status_code, alone.status_code) == (400, 400)


def test_long_write_is_a_task_that_is_asked_for(notion: Notion) -> None:
    page = notion.page("one")
    body = {
        "allow_async": True,
        "type": "insert_content",
        "insert_content": {"content": "two"},
        "markdown_version": "v2",
    }
    queued = notion.http.patch(f"pages/{page}/markdown", json=body)
    task = queued.json()
    assert (queued.status_code, task["status"]) == (202, "queued")
    assert task["status_url"].endswith(f"/v1/async_tasks/{task['id']}")

    running = notion.http.get(f"async_tasks/{task['id']}").json()
    done = notion.http.get(f"async_tasks/{task['id']}").json()

    assert (running["status"], running["poll_after_seconds"]) == ("running", 2)
    assert (done["status"], done["result"]["markdown"]) == ("succeeded", "one\n\ntwo")


def test_page_too_large_is_cut_and_says_so(notion: Notion) -> None:
    page = notion.page("one\n\ntwo\n\nthree")
    notion.control.post("/settings", json={"record_limit": 2})
    try:
        told = notion.read(page)
        lost = notion.write(page, "replace_content", new_str="x")
    finally:
        notion.control.post("/settings", json={"record_limit": 20_000})

    assert told["truncated"] is True
    assert told["unknown_block_ids"] == [notion.blocks(page)[2]["id"]]
    assert lost.json()["additional_data"] == {"limit_kind": "page_record_count"}


def test_image_inside_text_becomes_a_block_of_its_own_and_is_warned_of(notion: Notion) -> None:
    page = notion.page("x")

    answer = notion.write(page, "replace_content", new_str="see ![c](https://x.y/z.png) there")

    assert [block["type"] for block in notion.blocks(page)] == ["paragraph", "image"]
    assert answer.json()["warnings"]


def test_signed_address_of_an_earlier_answer_still_names_its_file(notion: Notion) -> None:
    hosted = "https://prod-files-secure.s3.us-west-2.amazonaws.com/space/file/a.png"
    page = notion.page(f"![old]({hosted})\n\ntext")
    first, second = (notion.read(page)["markdown"] for _ in range(2))
    assert first != second

    image = first.split("\n")[0]
    answer = notion.update(page, image, image.replace("old", "new"))

    assert answer.status_code == 200, answer.text
    block = notion.blocks(page)[0]["image"]
    assert block["type"] == "file"
    assert block["caption"][0]["plain_text"] == "new"
    before = [one["id"] for one in notion.blocks(page)]
    assert (
        notion.write(
            page,
            "update_content",
            content_updates=[{"old_str": second.split("\n")[2], "new_str": "changed"}],
        ).status_code
        == 200
    )
    assert notion.blocks(page)[0]["id"] == before[0]
