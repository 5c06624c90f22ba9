"""Claims: one owner each, folders that do not lie in each other, and what is given back."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.state import FakeStateStore
from shared.errors import Conflict, UpstreamTimeout
from shared.ports.state import Query, Write
from shared.services.claims import Claims, Holder, Wish, overlap

ADA = Holder(wid="w1", owner="ada")
ADA_TOO = Holder(wid="w2", owner="ada")
BOB = Holder(wid="w3", owner="bob")
URL = "https://Git.example/A/b.git"


@pytest.fixture
def store() -> FakeStateStore:
    return FakeStateStore()


@pytest.fixture
def claims(store: FakeStateStore) -> Claims:
    return Claims(store, FakeClock())


def folders(*names: str, url: str = URL, branch: str = "main") -> Wish:
    return Wish(sources={}, url=url, branch=branch, folders=names)


def test_a_data_source_has_one_owner_however_its_id_is_written(claims: Claims) -> None:
    claims.take(ADA, Wish(sources={"tasks": "AB-12"}))
    claims.take(ADA, Wish(sources={"tasks": "ab12"}))
    assert claims.claimant("ab-12") == ("w1", "tasks")
    for other, whose in ((BOB, "another user"), (ADA_TOO, "another workspace of yours")):
        with pytest.raises(Conflict, match=whose):
            claims.take(other, Wish(sources={"docs": "ab12", "tasks": "new"}))
    assert claims.claimant("new") is None


@pytest.mark.parametrize("folder", ["a/b", "a", "a/b/c", "A/B"])
@pytest.mark.parametrize("url", [URL, "https://git.example/a/B", "http://git.example/a/b/"])
def test_folders_of_one_branch_do_not_lie_in_each_other(
    claims: Claims, folder: str, url: str
) -> None:
    claims.take(ADA, folders("a/b"))
    with pytest.raises(Conflict):
        claims.take(BOB, folders(folder, url=url))
    claims.take(BOB, folders("a/bc", "ab"))


def test_other_branches_and_repositories_are_free(claims: Claims) -> None:
    claims.take(ADA, folders("a"))
    claims.take(BOB, folders("a", branch="dev"))
    claims.take(BOB, folders("a", url="https://git.example/a/c"))


def test_what_is_not_kept_is_given_back(claims: Claims, store: FakeStateStore) -> None:
    claims.take(ADA, Wish(sources={"x": "1", "y": "2"}, url=URL, branch="m", folders=("a", "b")))
    claims.take(BOB, Wish(sources={"z": "3"}))
    claims.release(ADA, keep=Wish(sources={"y": "2"}, url=URL, branch="m", folders=("b",)))
    claims.take(BOB, Wish(sources={"x": "1"}, url=URL, branch="m", folders=("a",)))
    claims.release(ADA)
    left = store.query(Query(collection="claims", where=(("wid", "==", "w1"),)))
    assert left == []
    assert claims.claimant("3") == ("w3", "z")


def test_a_lost_answer_is_no_conflict_with_oneself(claims: Claims, store: FakeStateStore) -> None:
    store.lose_answers(1, UpstreamTimeout("The answer was lost."))
    with pytest.raises(UpstreamTimeout):
        claims.take(ADA, folders("a"))
    claims.take(ADA, folders("a"))


def test_of_many_at_once_one_gets_overlapping_folders(claims: Claims) -> None:
    def take(number: int) -> bool:
        try:
            claims.take(Holder(wid=f"w{number}", owner="x"), folders("a/b" if number % 2 else "a"))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(take, range(16))).count(True) == 1


class Overtaken(FakeStateStore):
    """Lets somebody else be faster between the first look and the write."""

    meanwhile: Callable[[], None] | None = None

    def commit(self, writes: Sequence[Write]) -> list[str]:
        overtake, self.meanwhile = self.meanwhile, None
        if overtake is not None:
            overtake()
        return super().commit(writes)


def test_a_folder_inside_that_was_claimed_since_the_look_is_seen() -> None:
    store = Overtaken()
    claims = Claims(store, FakeClock())
    store.meanwhile = lambda: claims.take(BOB, folders("a/b"))
    with pytest.raises(Conflict):
        claims.take(ADA, folders("a"))


def test_overlap_is_of_whole_parts() -> None:
    assert overlap("a/b", "A")
    assert not overlap("a/b", "a/bc")
