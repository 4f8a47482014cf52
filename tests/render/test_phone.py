"""The pages on a phone: a real browser lays them out at 390 pixels without a need to scroll sideways.

One browser lays out all pages, each in a frame as wide as the phone: starting one takes longer than the layout.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.needs import program

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("one browser for the phone")]
ROOT = Path(__file__).parent.parent.parent
PAGES = sorted((ROOT / "docs" / "runbooks").rglob("*.md"))
STYLE = "body{margin:8px;font:16px sans-serif;overflow-wrap:break-word} pre{overflow-x:auto} td,th{padding:2px 6px;overflow-wrap:anywhere}"
HEAD = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
MEASURE = """
addEventListener("load", () => {
  document.title = JSON.stringify([...document.querySelectorAll("iframe")].map(
    (one) => [one.contentDocument.documentElement.scrollWidth, one.contentWindow.innerWidth]));
});
"""
WIDE = "a word that no phone can break: <table><tr><td style='white-space:nowrap'>" + "w" * 200 + "</table>"


@pytest.fixture(scope="module")
def widths(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Path | str, tuple[int, int]]:
    """How wide each page is laid out, and the screen that it is on; and one page that is too wide."""
    browser = program("chromium", "chromium-browser")
    folder = tmp_path_factory.mktemp("phone")
    markdown = MarkdownIt("js-default")
    bodies: dict[Path | str, str] = {"too wide": WIDE}
    for page in PAGES:
        bodies[page] = markdown.render(page.read_text(encoding="utf-8").split("\n---\n", 1)[-1])
    frames = "".join(
        f'<iframe width="390" height="844" style="border:0" srcdoc="'
        f'{html.escape(f"<!doctype html>{HEAD}<body>{body}")}"></iframe>'
        for body in bodies.values()
    )
    file = folder / "pages.html"
    file.write_text(
        f'<!doctype html><meta charset="utf-8"><script>{MEASURE}</script>{frames}', encoding="utf-8"
    )
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         f"--user-data-dir={folder / 'profile'}", "--window-size=390,844", "--dump-dom", file.as_uri()],
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    found = re.search(r"<title>(\[.*?\])</title>", done.stdout)
    assert found is not None, done.stdout[:500]
    return {name: (wide, screen) for name, (wide, screen) in zip(bodies, json.loads(found[1]), strict=True)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_needs_no_sideways_scrolling_on_a_phone(
    page: Path, widths: Mapping[Path | str, tuple[int, int]]
) -> None:
    """Only a command in its fence may be wider than the screen; it scrolls in its own box."""
    wide, screen = widths[page]
    assert 390 == screen
    assert wide <= screen


def test_a_page_that_is_too_wide_is_seen(widths: Mapping[Path | str, tuple[int, int]]) -> None:
    """Else the measure would prove nothing."""
    wide, screen = widths["too wide"]
    assert wide > screen
