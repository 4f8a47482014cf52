"""One key for each answer, never one that means something else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.step import Option
from engine.render.keys import ALWAYS, AT_PROMPT, option_keys

OPTIONS = st.lists(
    st.builds(Option, st.from_regex(r"[a-z][a-z-]{0,12}", fullmatch=True), st.text(max_size=30)),
    min_size=1,
    max_size=9,
    unique_by=lambda one: one.key,
)


@given(OPTIONS, st.sampled_from(["ask", "confirm", "look", "happened"]))
def test_every_option_has_a_key_of_its_own_that_nothing_else_uses(options: list[Option], kind: str) -> None:
    """Up to nine options, whatever they are called; `by hand` is the one that is meant by its key."""
    keys = option_keys(options, kind)
    assert sorted(one.key for one in options) == sorted(option.key for option in keys.values())
    for key, option in keys.items():
        assert key not in {**ALWAYS, **AT_PROMPT} or ("m", "hand") == (key, option.key)


def test_the_engines_own_answers_have_their_usual_keys() -> None:
    """y, n and m mean the same at every call; an author's `hand` is a word like any other."""
    options = [Option("yes", "do it"), Option("hand", "I did it by hand"), Option("no", "do not")]
    assert {"y": "yes", "m": "hand", "n": "no"} == {
        key: one.key for key, one in option_keys(options, "confirm").items()
    }
    asked = option_keys([Option("hand", "handed over"), Option("yes", "yes")], "ask")
    assert {"n": "hand", "y": "yes"} == {key: one.key for key, one in asked.items()}
