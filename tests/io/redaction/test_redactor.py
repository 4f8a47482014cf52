"""No secret in any form it is likely to take, in no place, whole or in its telling parts."""

import base64
import binascii
import html
import json
import re
import shlex
import urllib.parse
from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.core.records import DEEPEST, TOO_DEEP
from engine.io.redaction import Redactor, touched
from engine.io.redaction.search import BLOCK
from engine.kinds.values import Json
from tests.io.redaction.corpus import clean_log

PEM = "-----BEGIN PRIVATE KEY-----\n{}\n{}\nq83vEjRWeJ0=\n-----END PRIVATE KEY-----\n".format(
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
    "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu",
)
SECRETS = {
    "TOKEN": "fo1_Zk3-9qLw8xYv7bN2mT",
    "PASSWORD": "p@ss w/rd'<\"&$`!\\%~x",
    "UMLAUT": "größer als ñandú 日本",
    "PEM": PEM,
    "NEWLINE": "tr4iling-newl1ne\n",
}

ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 url": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "base64 unpadded": lambda s: base64.b64encode(s.encode()).decode().rstrip("="),
    "base64 with a newline": lambda s: base64.b64encode(s.encode() + b"\n").decode(),
    "base64 shifted by one": lambda s: base64.b64encode(b"x" + s.encode() + b"yz").decode(),
    "base64 shifted by two": lambda s: base64.b64encode(b"xy" + s.encode() + b"z").decode(),
    "base64 with a user": lambda s: base64.b64encode(b"user:" + s.encode()).decode(),
    "base64 url with a user": lambda s: base64.urlsafe_b64encode(b"user:" + s.encode()).decode(),
    "hex": lambda s: s.encode().hex(),
    "hex upper": lambda s: binascii.hexlify(s.encode()).decode().upper(),
    "percent": lambda s: urllib.parse.quote(s, safe=""),
    "percent path": urllib.parse.quote,
    "percent lower": lambda s: re.sub("%[0-9A-F]{2}", lambda m: m[0].lower(), urllib.parse.quote(s, safe="")),
    "form": urllib.parse.quote_plus,
    "json": lambda s: json.dumps(s)[1:-1],
    "json unicode": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "json in json": lambda s: json.dumps(json.dumps(s))[3:-3],
    "shell": lambda s: shlex.quote(s).removeprefix("'").removesuffix("'"),
    "html": html.escape,
    "xml": escape,
    "xml attribute": lambda s: escape(s, {'"': "&quot;", "'": "&apos;"}),
    "python": lambda s: repr(s)[1:-1],
    "python bytes": lambda s: repr(s.encode())[2:-1],
}


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    """One redactor of all the secrets, as in a run."""
    return Redactor(SECRETS)


def rest(masked: str) -> str:
    """What is left of a secret beside its mark."""
    return re.sub("«[*]{3}[A-Z]+[*]{3}»", "", masked)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", SECRETS)
def test_no_form_of_a_secret_gets_through(redactor: Redactor, name: str, encoding: str):
    """In text, in bytes, in values and in keys; at most a few bits stay of a shared base64 character."""
    encoded = ENCODINGS[encoding](SECRETS[name])
    text = redactor.text(f"before «{encoded}» after")
    assert f"«***{name}***»" in text
    assert text.startswith("before «")
    assert text.endswith("» after")
    left = rest(text.removeprefix("before «").removesuffix("» after"))
    shared = len(base64.b64encode(b"user:")) + 4 if "base64" in encoding else 1  # 1: a final newline
    assert len(left) <= shared + 1, f"left over: {left!r}"
    raw = redactor.bytes(b"\xff\x00" + encoded.encode() + b"\xfe")
    assert encoded.encode() not in raw
    assert raw.startswith(b"\xff\x00")
    assert raw.endswith(b"\xfe")
    data = redactor.data({"list": [encoded, 1], f"key {encoded}": {"deep": encoded}})
    assert encoded not in json.dumps(data, ensure_ascii=False)
    assert f"***{name}***" in json.dumps(data, ensure_ascii=False)


def test_each_line_of_a_key_is_masked_and_its_headings_are_not(redactor: Redactor):
    """A log that shows one line of a key shows too much; its first line is the same in every key."""
    for line in PEM.splitlines():
        expected = line if line.startswith("-----") else "«***PEM***»"
        assert expected == redactor.text(line)
    assert "«***PEM***»" in redactor.text(base64.b64encode(PEM.splitlines()[1].encode()).decode())


def test_base64_broken_into_lines_is_masked(redactor: Redactor):
    """As the commands base64 and openssl print it."""
    for columns in (64, 76):
        coded = base64.b64encode(PEM.encode()).decode()
        broken = "\n".join(coded[at : at + columns] for at in range(0, len(coded), columns))
        assert "" == rest(redactor.text(broken)).strip()


def test_the_texts_of_a_json_secret_are_masked_one_by_one_and_its_public_fields_are_not():
    """A key file leaks by one field as well."""
    key = {
        "type": "service_account",
        "project_id": "occ-analytics",
        "private_key": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n",
        "nested": [{"client_id": "117-abc-secret"}],
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    redactor = Redactor({"GA_KEY": json.dumps(key)})
    assert "«***GA_KEY***»" == redactor.text("MIIEvQIBADANBgkq")
    assert "«***GA_KEY***»" == redactor.text("117-abc-secret")
    assert "«***GA_KEY***»" == redactor.text(json.dumps(key))
    for public in ("service_account", "occ-analytics", "https://oauth2.googleapis.com/token"):
        assert public == redactor.text(public)


def test_the_password_of_a_connection_address_is_masked_alone():
    """Drivers put the password, not the address, into their errors."""
    redactor = Redactor({"PG_URL": "postgresql://occ:s3cr%40t-pass@db.example:5432/postgres"})
    for shown in ("s3cr%40t-pass", "s3cr@t-pass"):
        assert "auth failed with «***PG_URL***»" == redactor.text(f"auth failed with {shown}")
    assert "db.example:5432/postgres" == redactor.text("db.example:5432/postgres")


def test_a_quoted_secret_is_masked_without_its_quotes_too():
    """An .env file is often read with the quotes left on."""
    assert "x=«***TOKEN***»" == Redactor({"TOKEN": '"abcd-1234-efgh"'}).text("x=abcd-1234-efgh")


def test_overlapping_secrets_are_masked_as_one_after_the_longest():
    """No end of the second secret stays behind the mark of the first."""
    redactor = Redactor({"SHORT": "abcdefgh1234", "LONG": "gh1234567890abcdef"})
    assert "<«***LONG***»>" == redactor.text("<abcdefgh1234567890abcdef>")
    assert "«***SHORT***» «***LONG***»" == redactor.text("abcdefgh1234 gh1234567890abcdef")


def test_of_a_secret_within_a_secret_the_longest_wins():
    """The mark names what was really there."""
    redactor = Redactor({"INNER": "hunter2-hunter2", "OUTER": "prefix-hunter2-hunter2-suffix"})
    assert "«***OUTER***» «***INNER***»" == redactor.text("prefix-hunter2-hunter2-suffix hunter2-hunter2")


def test_secrets_that_begin_alike_and_stand_side_by_side_keep_their_names():
    """Vendors give all their tokens one prefix."""
    redactor = Redactor({"A": "sk-proj-aaaaaaaaaaaa", "B": "sk-proj-bbbbbbbbbbbb"})
    assert "«***A***»«***B***»" == redactor.text("sk-proj-aaaaaaaaaaaask-proj-bbbbbbbbbbbb")


@pytest.mark.parametrize("length", [8, 9, 14, 15, 16, 40])
def test_a_secret_is_found_at_every_alignment(length: int):
    """The search goes by machine words; where the secret begins must not matter."""
    secret = "Zq7!xK2@pL9#vB4$mN8%wC3^tG6&yH1*dJ5(fS0)aE"[:length]
    redactor = Redactor({"S": secret})
    for before in range(40):
        for after in (0, 1, 9):
            given = b"." * before + secret.encode() + b"." * after
            assert b"." * before + "«***S***»".encode() + b"." * after == redactor.bytes(given)


def test_two_keys_that_gave_the_same_secret_away_both_stay():
    """Masking must not lose what was observed."""
    redactor = Redactor({"TOKEN": "abcdefgh-12345678"})
    value: Json = {"abcdefgh-12345678": 1, b"abcdefgh-12345678".hex(): 2, "x": 3}
    assert {"«***TOKEN***»": 1, "«***TOKEN***»~2": 2, "x": 3} == redactor.data(value)


def test_a_number_that_is_a_secret_is_masked():
    """JSON may carry a numeric secret without quotes."""
    redactor = Redactor({"ACCOUNT": "998877665544"})
    assert {"id": "«***ACCOUNT***»", "n": 12, "f": 0.5, "b": True, "z": None} == redactor.data(
        {"id": 998877665544, "n": 12, "f": 0.5, "b": True, "z": None}
    )


def test_short_and_everyday_values_are_refused_by_name_and_empty_ones_are_nothing():
    """A one-letter password would mask every such letter; whoever starts the run is told."""
    redactor = Redactor(
        {"PIN": "1234567", "PADDED": " abc \n", "WORD": "Password", "OK": "12345678", "NONE": " "}
    )
    assert ("PIN", "PADDED") == redactor.too_short
    assert ("WORD",) == redactor.too_common
    assert "1234567 abc Password «***OK***»" == redactor.text("1234567 abc Password 12345678")


def test_a_clean_log_is_unchanged(redactor: Redactor):
    """What is no secret is what the on-call needs to see."""
    log = "".join(
        f'2025-11-23T03:05:{n % 60:02d}Z app[{n:x}] error="502 in {n}ms" id={n * 2654435761 % 2**64:016x}\n'
        for n in range(20_000)
    )
    assert log == redactor.text(log)


def test_without_secrets_everything_passes_as_it_is():
    """No secret, no cost: the very same objects come back."""
    redactor = Redactor({})
    data, text, value = b"x" * 100, "x" * 100, {"a": 1}
    assert redactor.bytes(data) is data
    assert redactor.text(text) is text
    assert redactor.data(value) is value


def test_half_a_character_passes_and_is_no_hiding_place(redactor: Redactor):
    """Text with lone surrogates neither fails nor hides a secret."""
    assert "\ud800«***TOKEN***»\udfff" == redactor.text(f"\ud800{SECRETS['TOKEN']}\udfff")


def test_nesting_does_not_hide_a_secret(redactor: Redactor):
    """What lies too deep to be looked at is left out."""
    value: Json = SECRETS["TOKEN"]
    for _ in range(DEEPEST * 5):
        value = {"in": value}
    shown = redactor.data(value)
    for _ in range(DEEPEST):
        assert isinstance(shown, dict)
        shown = shown["in"]
    assert TOO_DEEP == shown


def test_nothing_about_a_redactor_shows_a_value(redactor: Redactor):
    """It may turn up in a traceback of ours."""
    shown = repr(redactor) + str(redactor) + repr(redactor.stream())
    assert "TOKEN" in shown
    assert not any(value.strip() in shown for value in SECRETS.values())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text(min_size=8, max_size=40), min_size=1, max_size=4, unique=True),
    st.sampled_from(sorted(ENCODINGS)),
    st.text(max_size=30),
    st.text(max_size=30),
)
def test_random_secrets_in_random_encodings_never_get_through(
    secrets: list[str], encoding: str, before: str, after: str
):
    """Whatever the secret and wherever it stands."""
    redactor = Redactor({f"S{n}": secret for n, secret in enumerate(secrets)})
    assume(not redactor.too_short and not redactor.too_common)
    assume(all(secret.strip() for secret in secrets))
    encoded = ENCODINGS[encoding](secrets[0])
    assert encoded not in redactor.text(before + encoded + after)


@pytest.mark.parametrize("name", ["TOKEN", "PASSWORD", "UMLAUT"])
@pytest.mark.parametrize("kept", [120, 160, 65_536])
def test_a_secret_that_a_cut_has_torn_is_masked(redactor: Redactor, name: str, kept: int):
    """Kinds cut texts before they come here: 201 of 201 places of the cut, of which few bytes may stay."""
    secret = SECRETS[name]
    for at in range(kept - 100, kept + 101):
        whole = "." * at + secret + "." * 300
        cut = whole[:kept] if kept == 65_536 else whole[: kept - 1] + "…"
        shown = redactor.text(f"said {cut}, wanted 200" if kept < 1000 else cut)
        left = shown.partition("…")[0].rstrip(".").rpartition(".")[2]
        assert secret[: len(left)] != left or len(left.encode()) < 6


def test_words_before_an_ellipsis_stay(redactor: Redactor):
    """A few letters that a secret also begins with are nobody's secret."""
    assert "fo1_Z… and «***TOKEN***»…" == redactor.text("fo1_Z… and fo1_Zk3…")


def test_ten_megabytes_of_clean_logs_are_unchanged():
    """R5: with 100 secrets in every form there is less than one wrong mask per MB: there is none."""
    known = Redactor({f"S{n}": f"{n * 2654435761 % 2**64:016x}-{n}" for n in range(100)} | SECRETS)
    log = clean_log(10_000_000)
    assert log == known.bytes(log)


def test_a_target_that_says_one_secret_over_and_over_costs_no_more_than_its_length():
    """Finds are joined as they come, so that a million of them are one mask, or a million short ones."""
    redactor = Redactor({"A": "abababab", "LONG": "x" * 300})
    assert "«***A***»".encode() == redactor.bytes(b"ab" * 100_000)
    assert "«***LONG***»".encode() == redactor.bytes(b"x" * 100_000)
    assert "«***A***»\n".encode() * 10_000 == redactor.bytes(b"abababab\n" * 10_000)


def test_a_secret_across_the_blocks_of_the_search_is_one_find(redactor: Redactor):
    """Large bodies are searched in blocks, which begin anywhere."""
    secret = SECRETS["TOKEN"].encode()
    for at in range(BLOCK - len(secret) - 9, BLOCK + 9):
        given = b"." * at + secret + b"." * 20
        assert b"." * at + "«***TOKEN***»".encode() + b"." * 20 == redactor.bytes(given)


def test_touched_paths_are_named():
    """Lists by number, keys by name; of a key that changed its name, what holds it."""
    redactor = Redactor({"T": "hunter2-hunter2"})
    before: Json = {"a": [1, {"b": "x hunter2-hunter2"}], "c": {"hunter2-hunter2": 1}, "d": "ok", "n": 1.5}
    assert ["a.1.b", "c"] == list(touched(before, redactor.data(before)))
    assert [] == list(touched("x", redactor.data("x")))


def test_what_finds_nothing_is_false():
    """So that nothing is written out to be searched for nothing."""
    assert (True, False) == (bool(Redactor({"T": "hunter2-hunter2"})), bool(Redactor({"T": "short"})))
