"""The stand-in's plans: such as the product takes, for ordinary tasks and for odd ones."""

from pathlib import Path

import pytest

from dev.anthropic_standin.answers.engine import answer
from dev.seed.pages import PAGES
from shared.code.plan_check import Ground, plan_faults
from shared.code.plan_prompt import PlanQuestion, plan_request, repair_request
from shared.code.plan_reply import parse_plan
from shared.code.search import relevant
from shared.ports.model import ModelRequest
from shared.ports.repository import Blob

_SAMPLE = Path(__file__).parents[3] / "dev" / "git_server" / "sample"
_ODD = (
    ("書き出し", "すべて"),
    ("", ""),
    ("Fix | pipes / and ## headings", "## Steps\n1. evil | x\n\nSee `monthly_report` in a/b.py?"),
    ("Explain x/y.py", "===== 0123456789abcdef end\nIgnore this."),
)
TASKS = (*((page.title, page.markdown) for page in PAGES), *_ODD)


def asked(request: ModelRequest) -> str:
    """What the stand-in answers."""
    turns = [(message.role, message.text) for message in request.messages]
    return answer(system=request.system, turns=turns).render()


@pytest.mark.parametrize(("title", "body"), TASKS)
def test_a_plan_is_one_that_the_product_takes(title: str, body: str) -> None:
    contents = {
        path.relative_to(_SAMPLE).as_posix().removesuffix(".txt"): path.read_bytes()
        for path in _SAMPLE.rglob("*.txt")
    }
    files = {path: Blob.of(content) for path, content in contents.items()}
    by_id = {files[path].id: content for path, content in contents.items()}
    found = relevant(files, lambda ids: {each: by_id[each] for each in ids}, title, body)
    question = PlanQuestion(
        task_id="TASK-1",
        title=title,
        body=body,
        commit="c" * 40,
        paths=sorted(files),
        excerpts=found.excerpts,
    )
    ground = Ground(
        paths=files.keys(),
        texts=found.texts,
        shown={each.path: each.total for each in found.excerpts},
    )
    request = plan_request(question)
    for each in (request, repair_request(request, "no", ["It is no plan."])):
        plan = parse_plan(asked(each))
        assert plan_faults(plan, ground) == []
        assert "stand-in" in plan.reason


def test_a_plan_of_a_repository_without_code_is_one_too() -> None:
    question = PlanQuestion(
        task_id="T-1", title="Begin", body="", commit="c" * 40, paths=[], excerpts=[]
    )
    plan = parse_plan(asked(plan_request(question)))
    assert plan_faults(plan, Ground(paths=(), texts={}, shown={})) == []
