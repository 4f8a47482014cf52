"""One key for each answer, never one that means something else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.step import Option
from engine.render.keys import ALWAYS, AT_PROMPT, fixed_keys, option_keys

OPTIONS = st.lists(
    st.builds(Option, st.from_regex(r"[a-z][a-z-]{0,12}", fullmatch=True), st.text(max_size=30)),
    min_size=1,
    max_size=9,
    unique_by=lambda one: one.key,
)


@given(OPTIONS, st.sampled_from(["ask", "confirm", "look", "happened", "acknowledge", "approve"]))
def test_every_option_has_a_key_of_its_own_that_nothing_else_uses(options: list[Option], kind: str) -> None:
    """Up to nine options, whatever they are called; fixed keys stand beside them."""
    keys = option_keys(options, kind)
    assert sorted(one.key for one in options) == sorted(option.key for option in keys.values())
    fixed = fixed_keys(kind, keys)
    assert set() == set(keys) & set(fixed.values())
    assert len(fixed) == len(set(fixed.values()))


@given(OPTIONS)
def test_no_option_of_a_change_moves_a_fixed_key(options: list[Option]) -> None:
    """At a call about a change every hand knows where quit is; only `by hand` may be the answer itself."""
    keys = option_keys(options, "confirm")
    fixed = fixed_keys("confirm", keys)
    assert {**{one: one for one in (*AT_PROMPT, *ALWAYS, "x") if one not in keys}} == fixed
    assert set(keys) & {*ALWAYS, *AT_PROMPT} <= {"m"}


def test_the_engines_own_answers_have_their_usual_keys() -> None:
    """y, n and m mean the same at every call."""
    options = [Option("yes", "do it"), Option("hand", "I did it by hand"), Option("no", "do not")]
    assert {"y": "yes", "m": "hand", "n": "no"} == {
        key: one.key for key, one in option_keys(options, "confirm").items()
    }


def test_a_question_takes_the_first_free_letter_of_its_options_and_fixed_keys_yield() -> None:
    """Complain is [c], copying the status text then [C]; by hand and the command mean nothing there."""
    options = [Option("complain", "They do"), Option("quiet", "All quiet"), Option("cannot", "No idea")]
    keys = option_keys(options, "ask")
    assert {"c": "complain", "q": "quiet", "a": "cannot"} == {key: one.key for key, one in keys.items()}
    fixed = fixed_keys("ask", keys)
    assert ("C", "Q", "A", "k") == (fixed["c"], fixed["q"], fixed["a"], fixed["k"])
    assert set() == {"m", "h"} & set(fixed)


def test_whether_a_change_happened_is_answered_by_done_and_failed() -> None:
    """No [y]: yes to which of the two would be a guess."""
    options = [Option("done", "it happened"), Option("failed", "it did not happen")]
    assert {"d": "done", "f": "failed"} == {
        key: one.key for key, one in option_keys(options, "happened").items()
    }
