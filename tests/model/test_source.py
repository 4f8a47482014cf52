"""What a file may hold, what it comes to, where each part of it stands, and what is refused."""

import json
import time
from collections.abc import Mapping

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.findings import Finding, Located, Route
from engine.kinds.values import Json
from engine.model import source
from engine.model.source import MAX_BYTES, MAX_DEPTH, MAX_NODES, Document, Span, building, locate, read
from engine.model.source.decoding import LINE_BREAK

FILE = "runbooks/x.yaml"


def document(text: str | bytes) -> Document:
    """Read a text that has no faults."""
    result = read(text if isinstance(text, bytes) else text.encode(), FILE)
    assert isinstance(result, Document), result
    return result


def faults(text: str | bytes) -> tuple[Located, ...]:
    """Read a text that has faults."""
    result = read(text if isinstance(text, bytes) else text.encode(), FILE)
    assert isinstance(result, tuple), result
    return result


def places(text: str | bytes) -> list[tuple[str, int, int]]:
    """Return rule, line and column of each fault of a text."""
    return [(fault.finding.rule, fault.line, fault.column) for fault in faults(text)]


# --- what plain scalars mean ---

SCALARS: Mapping[str, Json] = {
    "true": True, "false": False, "null": None, "~": None, "": None,
    "0": 0, "-0": 0, "7": 7, "-12": -12, "999999999999999999": 999999999999999999,
    "1.5": 1.5, "-0.25": -0.25, "1e3": 1000.0, "2.5E-3": 0.0025, "0.0": 0.0,
    "True": "True", "TRUE": "TRUE", "False": "False", "Null": "Null", "NULL": "NULL",
    "yes": "yes", "no": "no", "on": "on", "off": "off", "y": "y", "n": "n", "No": "No", "ON": "ON",
    "010": "010", "012": "012", "0o10": "0o10", "0x1F": "0x1F", "0b1": "0b1",
    "1:30": "1:30", "22:22": "22:22", "190:20:30": "190:20:30", "1:30.5": "1:30.5",
    "2025-10-13": "2025-10-13", "2025-11-23T03:05:22Z": "2025-11-23T03:05:22Z",
    "1_000": "1_000", "1,000": "1,000", "+1": "+1", ".5": ".5", "1.": "1.", "1e999": "1e999",
    ".inf": ".inf", ".nan": ".nan", "-": None, "=": "=", "<<": "<<", "90s": "90s", "v12": "v12",
    "1000000000000000000": "1000000000000000000", "١": "١", "1.5.2": "1.5.2", "${a.b}": "${a.b}",
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), [(k, v) for k, v in SCALARS.items() if k != "-"])
def test_a_plain_scalar_means_only_what_it_plainly_says(text: str, value: Json) -> None:
    """Booleans are true and false, numbers are decimal, and all else is text."""
    data = document(f"a: {text}").data
    assert (type(value), {"a": value}) == (type(data["a"]), data)


@pytest.mark.parametrize("text", ["true", "null", "7", "1.5", "~", "", "<<"])
def test_what_is_in_quotes_is_text(text: str) -> None:
    """Quotes of either kind, and block texts, keep a word from meaning more than itself."""
    assert {"a": text, "b": text, "c": text} == document(
        f"a: '{text}'\nb: \"{text}\"\nc: |-\n  {text}\n"
    ).data


def test_collections_come_as_plain_data_in_their_order() -> None:
    """Mappings and lists nest, in blocks and in braces, and keep the author's order."""
    data = document("---\nb: [1, {c: d}, []]\na:\n  - x: 1\n    y: {}\n  - - z\n").data
    assert '{"b": [1, {"c": "d"}, []], "a": [{"x": 1, "y": {}}, ["z"]]}' == json.dumps(data)


def test_a_text_may_span_lines() -> None:
    """Block texts keep their lines, even one with a tab, and folded ones join them."""
    data = document("a: |\n  one\n  \ttwo\nb: >-\n  three\n  four\nc: five\n  six\n").data
    assert {"a": "one\n\ttwo\n", "b": "three four", "c": "five six"} == data


def test_a_question_mark_within_a_text_in_braces_is_read() -> None:
    """A URL with a query needs no quotes, inside braces neither."""
    assert {"a": {"url": "https://x.test/y?q=1"}} == document("a: {url: https://x.test/y?q=1}").data


def test_line_ends_of_any_system_are_read() -> None:
    """Carriage returns neither get into the data nor shift the places."""
    for end in ("\n", "\r\n", "\r"):
        got = document(end.join(["a: |", "  x", "b: y", ""]))
        assert ({"a": "x\n", "b": "y"}, Span(3, 1, 1)) == (got.data, got.place(("b",)))


# --- places ---

PLACED = """\
runbook: x
título: {a: [one, "two words"], b: 漢}
steps:
  look:
    check: {use: foo}
    why: |
      because
    note:
  next:
    - a: 1
    - long text
      goes on
"""


@pytest.mark.parametrize(
    ("route", "key", "value"),
    [
        (("runbook",), Span(1, 1, 7), Span(1, 10, 1)),
        (("título",), Span(2, 1, 6), Span(2, 9, 29)),
        (("título", "a"), Span(2, 10, 1), Span(2, 13, 18)),
        (("título", "a", 1), Span(2, 19, 11), Span(2, 19, 11)),
        (("título", "b"), Span(2, 33, 1), Span(2, 36, 1)),
        (("steps",), Span(3, 1, 5), Span(4, 3, 5)),
        (("steps", "look", "why"), Span(6, 5, 3), Span(6, 10, 1)),
        (("steps", "look", "note"), Span(8, 5, 4), Span(8, 5, 4)),  # no value to point at
        (("steps", "next", 0), Span(10, 7, 4), Span(10, 7, 4)),
        (("steps", "next", 1), Span(11, 7, 9), Span(11, 7, 9)),  # its first line
        ((), Span(1, 1, 10), Span(1, 1, 10)),
        (("steps", "look", "title"), Span(4, 3, 4), Span(4, 3, 4)),  # not there: the nearest ancestor
        (("steps", "next", 5, "x", 0), Span(9, 3, 4), Span(9, 3, 4)),
        (("owner",), Span(1, 1, 10), Span(1, 1, 10)),
    ],
)
def test_a_route_leads_to_its_key_and_its_value(route: Route, key: Span, value: Span) -> None:
    """Every key and value has a place; what is missing is looked for at its nearest ancestor."""
    placed = document(PLACED)
    assert (key, value) == (placed.place(route), placed.place(route, at_key=False))


def test_a_span_is_the_text_it_names() -> None:
    """Cutting the line at a span gives back the key or the value as it was written."""
    placed = document(PLACED)
    for route, at_key, written in (
        (("título", "a", 1), True, '"two words"'),
        (("título", "b"), False, "漢"),
        (("steps", "look", "check"), False, "{use: foo}"),
    ):
        span = placed.place(route, at_key)
        assert written == placed.lines[span.line - 1][span.column - 1 :][: span.width]


def test_findings_get_their_places_in_the_order_of_the_file() -> None:
    """Rules speak in routes; the document says which line and column that is, and shows the line."""
    late = Finding("unknown-key", ("steps", "look", "check"), "unknown")
    early = Finding("bad-value", ("runbook",), "bad", at_key=False)
    assert (
        Located(early, FILE, 1, 10, 1, "runbook: x"),
        Located(late, FILE, 5, 5, 5, "    check: {use: foo}"),
    ) == locate([late, early], document(PLACED))


# --- what is refused ---

BAD: tuple[tuple[str | bytes, list[tuple[str, int, int]]], ...] = (
    # duplicates, merge keys, tags, anchors, aliases
    ("a: 1\nb: 2\na: 3", [("duplicate-key", 3, 1)]),
    ("x:\n  a: {b: 1, 'b': 2}", [("duplicate-key", 2, 13)]),
    ("a: 1\na: 2\na: 3", [("duplicate-key", 2, 1), ("duplicate-key", 3, 1)]),
    ("a: {<<: {b: 1}}", [("yaml-merge", 1, 5)]),
    ("a: &x 1\nb: *x", [("yaml-alias", 1, 4), ("yaml-alias", 2, 4)]),
    ("a: [&x [1], *x]", [("yaml-alias", 1, 5), ("yaml-alias", 1, 13)]),
    ("&x : 1", [("yaml-alias", 1, 1), ("key-not-text", 1, 1)]),
    ("*x : 1", [("yaml-alias", 1, 1)]),
    ("title: *bold* text", [("yaml-alias", 1, 8)]),
    ("a: !!str 1", [("yaml-tag", 1, 4)]),
    ("a: !python/object:os.system {b: 1}", [("yaml-tag", 1, 4)]),
    ("a: !!python/object/apply:os.system [x]", [("yaml-tag", 1, 4)]),
    ("a: ! x", [("yaml-tag", 1, 4)]),
    ("a: !<x", [("yaml-tag", 1, 4)]),
    # keys that are no text
    ("a: {404: b}", [("key-not-text", 1, 5)]),
    ("true: b", [("key-not-text", 1, 1)]),
    ("a:\n  ~: b", [("key-not-text", 2, 3)]),
    ("a: {: b}", [("key-not-text", 1, 5)]),
    (": b", [("key-not-text", 1, 1)]),
    ("?\n: b", [("yaml-syntax", 1, 2)]),
    ("a: {{ x }}", [("key-not-text", 1, 5)]),
    ("[a]: b", [("key-not-text", 1, 1)]),
    # references and question marks in braces
    ("a: {b: ${x.y}}", [("unquoted-reference", 1, 8)]),
    ("a: [${x}, b, ${y}]", [("unquoted-reference", 1, 5), ("unquoted-reference", 1, 14)]),
    ("a: {b: to ${x} now, c: d, c: e}", [("unquoted-reference", 1, 11), ("duplicate-key", 1, 27)]),
    ("a: {${x}: 1, ${y}: 2}", [("unquoted-reference", 1, 5), ("unquoted-reference", 1, 14)]),
    ("a: {b: x${y}", [("yaml-syntax", 1, 4), ("unquoted-reference", 1, 9)]),
    ("a: {b: ?x}", [("yaml-syntax", 1, 8)]),
    ("a: {?b: x}", [("yaml-syntax", 1, 6)]),
    ("? a\n: b", [("yaml-syntax", 1, 3)]),
    ("a: {b:c}", [("yaml-syntax", 1, 5)]),
    # tabs
    ("a:\n  b: 1\n\tc: 2", [("yaml-tab", 3, 1)]),
    ("a:\n  b: 1\n  \tc: 2\n\td: 3", [("yaml-tab", 3, 3), ("yaml-tab", 4, 1)]),
    ("a:\n\t- b", [("yaml-tab", 2, 1)]),
    ("-\ta", [("yaml-tab", 1, 2)]),
    # syntax
    ("a: b: c", [("yaml-syntax", 1, 5)]),
    ("a: b\nfoo\nc: d", [("yaml-syntax", 2, 1)]),
    ("a: b\n c: d", [("yaml-syntax", 2, 3)]),
    ("a: {b:[1]}", [("yaml-syntax", 1, 6)]),
    ("a: 'b\n---\nc: d", [("yaml-syntax", 1, 4)]),
    ("%YA$ML 1.1\n---\na: 1", [("yaml-syntax", 1, 4)]),
    ("a: 'b\nc: d", [("yaml-syntax", 1, 4)]),
    ("a: {b: c\nd: e", [("yaml-syntax", 1, 4)]),
    ("a: [b, c", [("yaml-syntax", 1, 4)]),
    ("a: {b: c]", [("yaml-syntax", 1, 9)]),
    ("a:\n  b: 1\n c: 2", [("yaml-syntax", 3, 2)]),
    ("a:\n  - x\n  y: 1", [("yaml-syntax", 3, 3)]),
    ('a: "\\d+"', [("yaml-syntax", 1, 5)]),
    ('a: "\\ud800"', [("yaml-syntax", 1, 7)]),
    ("a: [0-9]+", [("yaml-syntax", 1, 9)]),
    ("a: 'it's'", [("yaml-syntax", 1, 8)]),
    ("a: [b, , c]", [("yaml-syntax", 1, 8)]),
    ("a: - b", [("yaml-syntax", 1, 4)]),
    ("a: ? b", [("yaml-syntax", 1, 4)]),
    ("a: |b\n  c", [("yaml-syntax", 1, 5)]),
    ("a: @b", [("yaml-syntax", 1, 4)]),
    ("%YAML 2.0\n---\na: 1", [("yaml-syntax", 1, 1)]),
    # the whole file
    (b"", [("empty-file", 1, 1)]),
    ("# only words\n\n", [("empty-file", 1, 1)]),
    ("---\n", [("empty-file", 2, 1)]),
    ("- a\n- b", [("not-a-mapping", 1, 1)]),
    ("\njust words", [("not-a-mapping", 2, 1)]),
    ("a: 1\n---\nb: 2", [("many-documents", 2, 1)]),
    ("a: 1\n...\nb: 2", [("many-documents", 3, 1)]),
    (b"a: 1\nb: x\xff", [("not-utf8", 2, 5)]),
    ("a: 1".encode("utf-16"), [("not-utf8", 1, 1)]),
    (b"\xef\xbb\xbfa: 1", [("control-character", 1, 1)]),
    (b"a: 1\nb: \0", [("control-character", 2, 4)]),
    ("a: 1 # \u202e", [("control-character", 1, 8)]),
    ("a: x\u200by", [("control-character", 1, 5)]),
    ("a: \x1b[2J", [("control-character", 1, 4)]),
    ("a: x\u2028b: y", [("control-character", 1, 5)]),
)  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD, ids=[repr(text)[:40] for text, _ in BAD])
def test_a_fault_is_named_at_its_place(text: str | bytes, expected: list[tuple[str, int, int]]) -> None:
    """Each kind of fault has its rule, its line and its column, and nothing else is reported."""
    assert expected == places(text)


@pytest.mark.parametrize("text", [text for text, _ in BAD], ids=[repr(text)[:40] for text, _ in BAD])
def test_every_fault_says_what_to_do_and_shows_its_line(text: str | bytes) -> None:
    """A finding has a message of its own, a fix, the line it is on, and a span within that line."""
    lines = LINE_BREAK.split(text if isinstance(text, str) else text.decode("utf-8", "replace"))
    for fault in faults(text):
        assert "" not in (fault.finding.message, fault.finding.fix)
        assert "this cannot be read" not in fault.finding.message  # the words of last resort
        assert fault.source in (lines[fault.line - 1], "")
        assert 1 <= fault.width and fault.column - 1 <= len(lines[fault.line - 1])


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("runbook: x\napproval: none\napproval: required",
         "'approval' is given twice (first on line 2)", "keep one"),
        ("a: 1\nb:\n  c: 2\n\td: 3", "line 4 is indented with a tab", "use two spaces"),
        ("a: {b: ${x.y}}", "'${x.y}' is not in quotes, which it needs inside braces and brackets",
         "put the whole text in double quotes"),
        ("a: {404: b}", "the key 404 is not a text", 'write it in quotes: "404"'),
        ("a: {{ x }}", "a mapping or list cannot be a key",
         'write a reference as "${inputs.name}", in quotes'),
        ("a: [b, c", "this '[' is not closed", "add ']' where it ends"),
        ("a: \u202e\u202c", "an invisible or control character, U+202E, stands here, and 1 more follows",
         'take it out; where it is meant, write "\\u202e" in double quotes'),
        ("- a", "the file is a list, not keys with values",
         "begin with 'runbook: its-id', or another first key"),
    ],
)  # fmt: skip
def test_the_words_of_a_fault(text: str, message: str, fix: str) -> None:
    """What was found is named in the author's terms, and then what to do."""
    (fault,) = faults(text)
    assert (message, fix) == (fault.finding.message, fault.finding.fix)


def test_all_faults_are_found_at_once_in_the_order_of_their_places() -> None:
    """One reading names every fault that does not stop the parser, and the first that does."""
    text = "a: &x 1\n404: {b: ${c}}\na: !t 2\nd: {<<: *x}\ne: 'open\n"
    assert [
        ("yaml-alias", 1, 4),
        ("key-not-text", 2, 1),
        ("unquoted-reference", 2, 10),
        ("duplicate-key", 3, 1),
        ("yaml-tag", 3, 4),
        ("yaml-merge", 4, 5),
        ("yaml-alias", 4, 9),
        ("yaml-syntax", 5, 4),
    ] == places(text)


def test_a_fault_knows_the_route_to_what_it_is_about() -> None:
    """A reader of the data form finds the faulty place in the tree too."""
    assert [("a", 1, "c")] == [f.finding.route for f in faults("a: [{b: 1}, {c: 1, c: 2}]")]


# --- limits ---


def test_as_deep_as_allowed_is_read_and_one_deeper_is_not() -> None:
    """The limit on depth counts the top level."""
    deep = "a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert 1 == len(document(deep).data)
    assert [("too-deep", 1, 3 + MAX_DEPTH)] == places(deep.replace("[", "[[", 1).replace("]", "]]", 1))


@pytest.mark.parametrize("unit", ["[", "{a: ", "- ", "[{a: ", "? ", "{? "])
def test_brackets_nested_without_end_are_a_finding(unit: str) -> None:
    """Depth that would overflow the stack of a recursive reader is refused within a moment."""
    started = time.process_time()
    rules = {rule for rule, _, _ in places(unit * (200_000 // len(unit)))}
    assert "too-deep" in rules
    assert time.process_time() - started < 10


def test_a_block_that_steps_in_without_end_is_a_finding() -> None:
    """Indentation nests as brackets do."""
    text = "\n".join(" " * depth + "a:" for depth in range(500))
    assert [("too-deep", MAX_DEPTH + 1, MAX_DEPTH + 1)] == places(text)


def test_a_file_of_the_largest_size_is_read_and_one_byte_more_is_not() -> None:
    """The limit on size is on bytes."""
    largest = b"a: " + b"x" * (MAX_BYTES - 3)
    assert MAX_BYTES - 3 == len(str(document(largest).data["a"]))
    assert [("too-large", 1, 1)] == places(largest + b"x")


def test_as_many_nodes_as_allowed_are_read_and_one_more_is_not() -> None:
    """The limit on nodes counts keys, values and collections, the top level too."""
    items = MAX_NODES - 3
    full = "a: [" + "b," * items + "]"
    assert 1 == len(document(full).data)
    assert [("too-large", 1, 5 + 2 * items)] == places(full[:-1] + "b]")


def test_a_bomb_of_aliases_is_not_expanded() -> None:
    """Each alias is refused where it stands, however much it would have come to."""
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    assert {"yaml-alias"} == {rule for rule, _, _ in places("\n".join(lines))}


def test_more_references_than_are_mended_still_come_to_an_end() -> None:
    """Each unquoted reference costs one more pass, so their number is bounded."""
    rules = [rule for rule, _, _ in places("a: [" + "${x}," * 200 + "]")]
    assert ["unquoted-reference"] * source._MAX_REPAIRS == rules


# --- without the C library ---


@pytest.fixture
def pure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read with the parser that is there when the C library is not."""
    monkeypatch.setattr(building, "PARSER", yaml.SafeLoader)


@pytest.mark.usefixtures("pure")
def test_the_pure_parser_reads_the_same_data_and_places() -> None:
    """Only speed depends on the C library."""
    placed = document(PLACED)
    assert (Span(2, 19, 11), "because\n") == (
        placed.place(("título", "a", 1)),
        placed.data["steps"]["look"]["why"],  # type: ignore[index, call-overload]  # plain data, known here
    )


PURE_BAD = [case for case in BAD if case[0] != "a: {b:[1]}"]  # which that parser reads as meant


@pytest.mark.usefixtures("pure")
@pytest.mark.parametrize(("text", "expected"), PURE_BAD, ids=[repr(text)[:40] for text, _ in PURE_BAD])
def test_the_pure_parser_finds_the_same_faults(
    text: str | bytes, expected: list[tuple[str, int, int]]
) -> None:
    """The rules and the lines are the same; a column inside an escape may differ."""
    assert [place[:2] for place in expected] == [place[:2] for place in places(text)]


@pytest.mark.usefixtures("pure")
def test_the_pure_parser_ends_at_an_escape_beyond_all_characters() -> None:
    """An error that is none of the parser's own is a finding too."""
    assert [("yaml-syntax", 1, 1)] == places('a: "\\U00110000"')


# --- any input at all ---

SHAPES = st.text(alphabet="ab1:-?,[]{}&*!|>'\"%@#$~<. \n\t\\\u00e9\u202e\r", max_size=60)
PLAIN = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" \n"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | PLAIN
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def check_any(text: bytes) -> None:
    """Read; a document holds its places, a fault lies within the text."""
    result = read(text, FILE)
    if isinstance(result, Document):
        for route in result.extents:
            span = result.place(route)
            assert 1 <= span.line <= len(result.lines) and 1 <= span.column and 1 <= span.width
        assert json.loads(json.dumps(result.data)) == result.data
    else:
        assert result
        assert all(fault.line >= 1 and fault.column >= 1 and fault.width >= 1 for fault in result)
        assert all(fault.column <= len(fault.source) + 1 for fault in result)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_findings(text: bytes) -> None:
    """Nothing that can stand in a file makes reading raise."""
    check_any(text)


@given(SHAPES)
def test_any_text_of_yaml_signs_is_a_document_or_findings(text: str) -> None:
    """Texts made of the characters that mean something to YAML do not make reading raise either."""
    check_any(text.encode())


@given(SHAPES)
def test_any_text_of_yaml_signs_is_one_for_the_pure_parser_too(text: str) -> None:
    """The same holds without the C library."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "PARSER", yaml.SafeLoader)
        check_any(text.encode())


@given(st.dictionaries(PLAIN, JSON, min_size=1, max_size=5))
def test_json_reads_as_itself(data: dict[str, Json]) -> None:
    """JSON is within the YAML that is read, and comes back as it was."""
    written = json.dumps(data, ensure_ascii=False)
    assert written == json.dumps(document(written).data, ensure_ascii=False)
