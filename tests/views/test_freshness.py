"""Whether a written page may be trusted."""

from __future__ import annotations

from datetime import date

from engine.views.freshness import Staleness, body_hash, check, front_matter

DAY = date(2025, 10, 20)


def page(body: str = "\n# A\n\n## B\n\ntext\n", expires: str = "2025-10-20", owner: str = "x") -> str:
    """Return a page as it is generated."""
    return f"---\nowner: {owner}\ndoc_hash: {body_hash(body)}\nexpires: {expires}\n---\n{body}"


def rules(found: tuple[Staleness, ...]) -> list[str]:
    """Return what was found, without the words."""
    return [one.rule for one in found]


def test_a_page_as_generated_and_not_expired_is_fresh() -> None:
    """On the day of its expiry it still holds."""
    assert () == check("a.md", page(), page(), DAY)


def test_a_page_of_another_state_of_the_runbook_is_stale_and_says_where() -> None:
    """The heading above the first difference is named."""
    (found,) = check("a.md", page(), page("\n# A\n\n## B\n\nother\n"), DAY)
    assert ("a.md", "stale") == (found.page, found.rule)
    assert found.why.endswith("under 'B'")
    assert "run `runbook docs` and commit the page" == found.fix


def test_a_page_changed_by_hand_is_edited_and_only_that() -> None:
    """Its hash does not match, and the runbook is what it was."""
    assert ["edited"] == rules(check("a.md", page().replace("text", "better text"), page(), DAY))


def test_a_page_edited_by_hand_whose_runbook_changed_is_both() -> None:
    """Neither finding hides the other."""
    edited = page().replace("text", "better text")
    assert ["edited", "stale"] == rules(check("a.md", edited, page("\n# A\n\nnew\n"), DAY))


def test_a_changed_front_matter_is_stale_and_named() -> None:
    """Nobody prolongs a page by writing another date."""
    (found,) = check("a.md", page(expires="2030-01-01"), page(), DAY)
    assert "stale" == found.rule
    assert "(expires)" in found.why


def test_a_page_is_expired_the_day_after_and_when_never_reviewed() -> None:
    """The date is that of the runbook as it is now."""
    assert ["expired"] == rules(check("a.md", page(), page(), date(2025, 10, 21)))
    assert ["expired"] == rules(check("a.md", page(expires="unreviewed"), page(expires="unreviewed"), DAY))


def test_missing_and_orphaned_pages_are_told_apart() -> None:
    """One needs `runbook docs`, the other needs to go."""
    assert ["missing"] == rules(check("a.md", None, page(), DAY))
    assert ["orphan"] == rules(check("a.md", page(), None, DAY))
    assert () == check("a.md", None, None, DAY)


def test_a_page_without_front_matter_is_only_compared() -> None:
    """The index has none."""
    assert () == check("README.md", "# A\n", "# A\n", DAY)
    assert ["stale"] == rules(check("README.md", "# A\n", "# B\n", DAY))
    assert ({}, "# A\n") == front_matter("# A\n")
