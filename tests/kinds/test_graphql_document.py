"""Reading a GraphQL document: which operations it holds, and what is refused."""

from __future__ import annotations

import pytest

from engine.kinds.graphql_document import Document, Operation


@pytest.mark.parametrize(
    ("text", "operations"),
    [
        ("{ shop { name } }", [("query", "")]),
        ("query Q($a: I = {x: 1}) @d(x: {y: 1}) { a }", [("query", "Q")]),
        ("mutation { x }", [("mutation", "")]),
        ("mutation@x{a}", [("mutation", "")]),
        ("subscription S { x }", [("subscription", "S")]),
        ('# mutation {\nquery A { a(s: "} mutation { \\"") } fragment F on X { b }', [("query", "A")]),
        ("# query\rmutation M { a }", [("mutation", "M")]),
        ('{ a(b: """ mutation { \\""" } """) }', [("query", "")]),
        ('{ a(b: """ "" " """) } query B { c }', [("query", ""), ("query", "B")]),
        ("query mutation { a }", [("query", "mutation")]),
        ("\ufeff,,query,,\n{ a, b }", [("query", "")]),
        ('"what it is for" query { a }', [("query", "")]),
        ("query{a}mutation{b}", [("query", ""), ("mutation", "")]),
    ],
)
def test_the_operations_are_known_for_certain(text: str, operations: list[tuple[str, str]]) -> None:
    """Strings, block strings, comments, arguments and fragments hide none and invent none."""
    assert operations == [(one.type, one.name) for one in Document.parse(text).operations]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{ a", "ends too early"),
        ("query", "ends too early"),
        ("{ a } }", "closes nothing"),
        ("{ a ) }", "closes nothing"),
        ("type X { a: Int }", "'type' begins no operation"),
        ("fragment F on X { a }", "no operation"),
        ("", "no operation"),
        ("{ a }\n{ b \x00 }", "line 2 of this GraphQL cannot be read"),
        ('{ a(s: "x\ny") }', "cannot be read"),
        ('{ a(s: """x) }', "cannot be read"),
        ('{ order(id: "${inputs.id}") { name } }', "takes no"),
        ("{ a }" + " " * 100_000, "at most 100000"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(text: str, words: str) -> None:
    """With the place, or with what to write instead."""
    with pytest.raises(ValueError, match=words):
        Document.parse(text)


def test_hostile_text_is_read_in_linear_time() -> None:
    """Quotes and backslashes by the thousand are refused at once."""
    for hostile in ('"""' + '\\"' * 30_000, '"' * 99_999, "{" * 99_999, '"\\' * 40_000):
        with pytest.raises(ValueError):
            Document.parse(hostile)


def test_one_of_several_operations_is_chosen_by_name() -> None:
    """Never by guess."""
    document = Document.parse("query A { a } query B { b }")
    assert Operation("query", "B") == document.chosen("B")
    with pytest.raises(ValueError, match=r"say which with 'operation_name' \(there are A, B\)"):
        document.chosen("")
    with pytest.raises(ValueError, match="no operation 'C'"):
        document.chosen("C")


def test_only_text_is_a_document() -> None:
    """A mapping is not; a document is itself."""
    with pytest.raises(ValueError, match="is text"):
        Document.parse({"query": "{ a }"})
    document = Document.parse("{ a }")
    assert (document, "{ a }") == (Document.parse(document), document.plain())
