"""From the service's turns to the session's."""

from itertools import count

from shared.ports.speech import TurnHeard
from shared.voice.effects import Effect, Send
from shared.voice.hearing import Hearing, Utterance
from shared.voice.server_messages import Transcript


def heard(text: str, *, order: int = 0, final: bool = False) -> TurnHeard:
    """A turn as the service tells it."""
    return TurnHeard(order=order, text=text, final=final, start_ms=0, end_ms=0)


class Listener:
    """A hearing that takes every final turn as a command, as the session does."""

    def __init__(self, *, hands_free: bool = True) -> None:
        numbers = count(1)
        self.hearing = Hearing(hands_free=hands_free, next_turn=lambda: next(numbers))
        self.orders = count()

    def partial(self, text: str, start_ms: int = 0, *, open_turn: bool = True) -> list[Transcript]:
        """What a partial text shows."""
        return shown(self.hearing.partial(heard(text), start_ms, open_turn=open_turn))

    def final(
        self, text: str, start_ms: int, end_ms: int, *, open_turn: bool = True
    ) -> tuple[Utterance | None, list[Transcript]]:
        """What a final text comes to."""
        turn = heard(text, order=next(self.orders), final=True)
        said, effects = self.hearing.final(1, turn, (start_ms, end_ms), open_turn=open_turn)
        return said, shown(effects)

    def command(self, text: str, start_ms: int = 0, end_ms: int = 1000) -> int:
        """A final text that becomes a command; its turn."""
        said, _ = self.final(text, start_ms, end_ms)
        assert said is not None
        assert not said.goes_on
        return self.hearing.command(said)


def shown(effects: list[Effect]) -> list[Transcript]:
    """The transcripts among effects, which are all there may be."""
    messages = [e.message for e in effects if isinstance(e, Send)]
    transcripts = [m for m in messages if isinstance(m, Transcript)]
    assert len(transcripts) == len(effects)
    return transcripts


def text_of(turn: int, text: str, *, final: bool = False) -> Transcript:
    """A transcript message."""
    return Transcript(turn=turn, text=text, final=final)


def test_partial_texts_of_a_turn_have_one_number_and_the_command_keeps_it() -> None:
    listener = Listener()
    assert listener.partial("create") == [text_of(1, "create")]
    assert listener.partial("create a") == [text_of(1, "create a")]
    assert listener.command("Create a list.") == 1
    assert listener.partial("write", 5000) == [text_of(2, "write")]


def test_an_empty_partial_shows_nothing_and_takes_no_number() -> None:
    listener = Listener()
    assert listener.partial("") == listener.partial("  ") == []
    assert listener.command("Create a list.") == 1


def test_a_final_without_partials_gets_the_next_number() -> None:
    listener = Listener()
    assert listener.command("Create a list.") == 1
    assert listener.command("Write a test.", 9000, 9900) == 2


def test_a_repeated_final_of_the_same_order_is_known() -> None:
    listener = Listener()
    turn = heard("create a list", order=7, final=True)
    assert not listener.hearing.is_repeat(1, turn)
    listener.hearing.final(1, turn, (0, 900), open_turn=False)
    assert listener.hearing.is_repeat(1, turn)
    assert not listener.hearing.is_repeat(1, heard("create a", order=7, final=False))


def test_the_same_order_on_another_stream_is_another_turn() -> None:
    listener = Listener()
    turn = heard("create a list", order=0, final=True)
    for stream in (1, 2, 3):
        said, _ = listener.hearing.final(stream, turn, (0, 900), open_turn=False)
        assert said is not None
    assert len(listener.hearing._done) == 1


def test_an_empty_final_takes_the_shown_text_back() -> None:
    listener = Listener()
    listener.partial("uh")
    assert listener.final("  ", 0, 100) == (None, [text_of(1, "", final=True)])
    assert listener.command("Create a list.") == 2


def test_an_empty_final_without_a_shown_text_is_nothing() -> None:
    assert Listener().final("", 0, 0) == (None, [])


def test_a_turn_that_goes_on_is_merged_into_the_last_command() -> None:
    listener = Listener()
    listener.command("Create a list.", 0, 1000)
    assert listener.partial("and sort", 1800) == [text_of(1, "Create a list and sort")]
    assert listener.hearing.continuing
    said, effects = listener.final("And sort it.", 1800, 2600)
    assert effects == []
    assert said == Utterance(
        text="Create a list and sort it.", start_ms=0, end_ms=2600, goes_on=True
    )
    assert not listener.hearing.continuing


def test_a_merged_turn_can_go_on_again() -> None:
    listener = Listener()
    listener.command("Create a list.", 0, 1000)
    said, _ = listener.final("and sort it", 1800, 2600)
    assert said is not None
    listener.hearing.amended(said)
    said, _ = listener.final("and print it", 3000, 3500)
    assert said is not None
    assert said.text == "Create a list and sort it and print it"


def test_a_turn_is_not_merged_into_a_command_that_is_done() -> None:
    listener = Listener()
    listener.command("Create a list.", 0, 1000)
    assert listener.partial("and sort", 1800, open_turn=False) == [text_of(2, "and sort")]
    said, _ = listener.final("And sort it.", 1800, 2600, open_turn=False)
    assert said is not None
    assert not said.goes_on


def test_what_is_said_while_the_key_is_held_is_one_command() -> None:
    listener = Listener(hands_free=False)
    listener.hearing.press()
    listener.command("Create a function.", 0, 1000)
    listener.hearing.release()
    said, _ = listener.final("Reverse a string.", 9000, 9900)
    assert said is not None
    assert said.text == "Create a function Reverse a string."


def test_cancelling_while_the_key_is_held_is_not_more_of_the_command() -> None:
    listener = Listener(hands_free=False)
    listener.hearing.press()
    listener.command("Create a function.", 0, 1000)
    said, _ = listener.final("Never mind.", 1500, 1900)
    assert said is not None
    assert not said.goes_on


def test_after_the_result_only_words_that_cannot_begin_a_command_go_on() -> None:
    listener = Listener()
    listener.command("Create a list.", 0, 1000)
    listener.hearing.ended = True
    said, _ = listener.final("Explain it.", 1100, 2000)
    assert said is not None
    assert not said.goes_on


def test_another_press_merges_only_words_that_cannot_begin_a_command() -> None:
    listener = Listener(hands_free=False)
    listener.hearing.press()
    listener.command("Create a list.", 0, 1000)
    listener.hearing.release()
    listener.hearing.press()
    said, _ = listener.final("Write a test.", 1100, 2000)
    assert said is not None
    assert not said.goes_on


def test_overlapping_times_count_as_no_gap() -> None:
    listener = Listener()
    listener.command("Create a list.", 0, 1000)
    said, _ = listener.final("sorted", 900, 1500)
    assert said is not None
    assert said.goes_on


def test_a_text_that_turns_out_to_go_on_gives_its_own_number_back() -> None:
    listener = Listener()
    listener.command("Create a list.", 0, 1000)
    assert listener.partial("hand sort", 2500) == [text_of(2, "hand sort")]
    said, effects = listener.final("and sort it", 2500, 3000)
    assert said is not None
    assert said.goes_on
    assert effects == [text_of(2, "", final=True)]


def test_a_text_that_turns_out_not_to_go_on_restores_the_last_command() -> None:
    listener = Listener()
    listener.command("Create a list.", 0, 1000)
    listener.partial("and", 2500)
    assert listener.partial("android app", 2500) == [
        text_of(1, "Create a list.", final=True),
        text_of(2, "android app"),
    ]
    assert not listener.hearing.continuing


def test_a_final_that_does_not_go_on_restores_the_last_command() -> None:
    listener = Listener()
    listener.command("Create a list.", 0, 1000)
    listener.partial("and", 2500)
    said, effects = listener.final("Android app.", 2500, 3000)
    assert said is not None
    assert not said.goes_on
    assert effects == [text_of(1, "Create a list.", final=True)]


def test_an_empty_final_after_it_seemed_to_go_on_restores_the_last_command() -> None:
    listener = Listener()
    listener.command("Create a list.", 0, 1000)
    listener.partial("and", 2500)
    assert listener.final("", 2500, 2600) == (None, [text_of(1, "Create a list.", final=True)])
    assert not listener.hearing.continuing


def test_a_dropped_turn_takes_back_what_it_showed() -> None:
    listener = Listener()
    listener.partial("cancel")
    assert shown(listener.hearing.dropped()) == [text_of(1, "", final=True)]
    assert listener.hearing.dropped() == []
