"""The pages on a phone: a real browser lays them out at 390 pixels without a need to scroll sideways."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.needs import program

pytestmark = pytest.mark.system
ROOT = Path(__file__).parent.parent.parent
PAGES = sorted((ROOT / "docs" / "runbooks").rglob("*.md"))
STYLE = "body{margin:8px;font:16px sans-serif;overflow-wrap:break-word} pre{overflow-x:auto} td,th{padding:2px 6px;overflow-wrap:anywhere}"
SCRIPT = "document.title = [document.documentElement.scrollWidth, innerWidth].join('/')"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_needs_no_sideways_scrolling_on_a_phone(page: Path, tmp_path: Path) -> None:
    """Only a command in its fence may be wider than the screen; it scrolls in its own box."""
    browser = program("chromium", "chromium-browser")
    body = MarkdownIt("js-default").render(page.read_text(encoding="utf-8").split("\n---\n", 1)[-1])
    html = tmp_path / "page.html"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
    html.write_text(f"<!doctype html>{head}<body>{body}<script>{SCRIPT}</script>", encoding="utf-8")
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         f"--user-data-dir={tmp_path / 'profile'}", "--window-size=390,844", "--dump-dom", html.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = re.search(r"<title>(\d+)/(\d+)</title>", done.stdout)
    assert found is not None, done.stdout[:500]
    assert int(found[1]) <= int(found[2])
