"""Secrets: which count as set, how they are put in, that they are never shown."""

from __future__ import annotations

import pytest

from engine.io.world.secret_sources import Sources
from engine.io.world.secrets import Secrets, fill_headers
from engine.kinds.ports import CannotLook
from engine.model.guards import Credential


@pytest.mark.parametrize(
    "value",
    [
        "",
        "  ",
        "changeme",
        "CHANGE_ME",
        "<token>",
        "xxxxxxxx",
        "shpat_xxxxxxxx",
        "your-api-key",
        "your_token_here",
        "TODO",
        "todo: ask ops",
        "placeholder",
        "${TOKEN}",
        "***",
        "...",
    ],
)
def test_what_a_template_file_holds_is_a_placeholder(value: str) -> None:
    """A value nobody has replaced yet counts as not set."""
    assert "placeholder" == Secrets({"TOKEN": value}).state("TOKEN")


@pytest.mark.parametrize(
    "value", ["s3cr3t-4711", "xoxb-123-abc", "yourself", "todolist9", "A" * 40, "pa$$word"]
)
def test_a_real_value_is_present(value: str) -> None:
    """Values that only resemble a placeholder are values."""
    assert "present" == Secrets({"TOKEN": value}).state("TOKEN")


@pytest.mark.parametrize(
    ("value", "state"), [("s3cr3t", "too short"), ("x-y", "too short"), ("Password", "too common")]
)
def test_a_value_that_cannot_be_kept_out_of_sight_is_not_used(value: str, state: str) -> None:
    """It costs the steps that need it; marked public it is what it is, and nothing is masked for it."""
    secrets = Secrets({"PIN": value})
    assert (state, {}) == (secrets.state("PIN"), dict(secrets.values(["PIN"])))
    with pytest.raises(CannotLook) as caught:
        secrets.fill("${secrets.PIN}")
    expected = f"SECRET PIN is {state} to keep out of sight: make it longer or mark it public"
    assert expected == str(caught.value)
    public = Secrets({}, sources=Sources({"PIN": value}, {"PIN": Credential(public=True)}))
    assert ("present", value, {}) == (
        public.state("PIN"),
        public.fill("${secrets.PIN}"),
        dict(public.values(["PIN"])),
    )


def test_an_unset_name_is_missing() -> None:
    """A name that is nowhere is missing."""
    assert "missing" == Secrets({}).state("TOKEN")


def test_extra_wins_over_the_environment() -> None:
    """A value handed in beside the environment is the one used."""
    assert "two-of-two" == Secrets({"T": "one-of-two"}, {"T": "two-of-two"}).fill("${secrets.T}")


def test_text_and_bytes_are_filled_in_one_pass() -> None:
    """A value that looks like a reference is not looked at again."""
    secrets = Secrets({"A": "${secrets.B}", "B": "b", "C": "ü-value-ü"})
    assert "placeholder" == secrets.state("A")  # a reference is no value
    secrets = Secrets({"A": "1${secrets.B}", "B": "b-value-b", "C": "ü-value-ü"})
    assert "x 1${secrets.B} b-value-b" == secrets.fill("x ${secrets.A} ${secrets.B}")
    assert "é ü-value-ü".encode() == secrets.fill("é ${secrets.C}".encode())


@pytest.mark.parametrize("text", ["${secrets.NOPE}", "${secrets.no-name}", "${secrets.}"])
def test_what_cannot_be_filled_is_refused_and_not_sent(text: str) -> None:
    """A missing or misspelt name raises, and the message says what to export."""
    name = text[len("${secrets.") : -1]
    with pytest.raises(CannotLook, match=f"{name} is not set: export it"):
        Secrets({}).fill(text)


def test_a_placeholder_is_named_and_its_value_not_shown() -> None:
    """The message holds the name of the variable, not what is in it."""
    with pytest.raises(CannotLook) as caught:
        Secrets({"TOKEN": "<paste-here>"}).fill("${secrets.TOKEN}")
    assert "TOKEN still holds a placeholder: export the real value" == str(caught.value)


def test_a_value_cannot_bend_an_address_but_may_be_one() -> None:
    """Within an address values are percent-encoded; an address may begin with a whole one."""
    secrets = Secrets({"KEY": "a/b?c#d@e", "HOOK": "https://hooks.example/T/1"})
    assert "http://h/a%2Fb%3Fc%23d%40e/x" == secrets.fill_url("http://h/${secrets.KEY}/x")
    assert "https://hooks.example/T/1?k=a%2Fb%3Fc%23d%40e" == secrets.fill_url(
        "${secrets.HOOK}?k=${secrets.KEY}"
    )


def test_the_redactor_gets_the_usable_values_only() -> None:
    """Missing names and placeholders are left out."""
    secrets = Secrets({"A": "alpha-alpha", "B": "changeme"})
    assert {"A": "alpha-alpha"} == dict(secrets.values(["A", "B", "C"]))


def test_nothing_of_a_value_is_in_the_repr() -> None:
    """The object may appear in any log."""
    assert "Secrets(***)" == repr(Secrets({"A": "alpha"}, {"B": "beta"}))


def test_headers_are_ready_for_the_wire() -> None:
    """Names in lower case, values trimmed (a trailing line break is common) and encoded."""
    secrets = Secrets({"T": "tok-1234\n"})
    assert [(b"authorization", b"Bearer tok-1234")] == fill_headers(
        secrets, {"Authorization": "Bearer ${secrets.T}"}
    )


def test_a_line_break_in_a_header_is_refused_without_its_value() -> None:
    """A secret cannot add a header of its own, and is not quoted."""
    with pytest.raises(CannotLook) as caught:
        fill_headers(Secrets({"T": "tok\r\nEvil: 1"}), {"X-Key": "${secrets.T}"})
    assert "header X-Key holds a line break or control character: check its secret" == str(caught.value)
    with pytest.raises(CannotLook, match="no header name"):
        fill_headers(Secrets({}), {"X Key": "1"})
