"""What authors write in Markdown, written again: the same text in the few forms that a page takes.

Rules:
1. Paragraphs, lists, quotes, code, emphasis and links stay. Headings become paragraphs (the page's own are
   its map), tables become lists (a phone shows no wide one), pictures become links; rules go.
2. Raw HTML was never markup: it is text, and shown as code.
3. A word that Markdown would read as something else becomes a code span. No backslash escapes: a
   formatter that normalises them would change the file. Bare addresses become links.
4. What comes out is a fixed point of mdformat (lists numbered on), and ends nothing outside of itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from engine.render.findings import visible
from engine.render.markdown_text import code, fence

_READ: Final = re.compile(
    r"[\[\]<*\\`~$]|&(?=[#A-Za-z])|://|www\.|mailto:|xmpp:|(?<![^\W_])_|_(?![^\W_])", re.IGNORECASE
)
_BEGINS: Final = re.compile(r"(?:#{1,6}|[>=|:+-].*|\d{1,9}[.)])\Z")
_WORD: Final = re.compile(r"(\(?)(.*?)([),.:;!?]*)\Z", re.DOTALL)
_ADDRESS: Final = re.compile(r"https?://[^\s<>\[\]`\"']+\Z", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(?=[#\w]+;)")
_BREAKS: Final = re.compile(r"\A(?:\\?\n)+|(?:\\?\n)+\Z")
_AND: Final = "And:"
_EMPHASIS: Final = ("em", "strong", "s")
_MARKS: Final = "*_~"


def prose(markdown: str) -> str:
    """Return an author's Markdown as blocks, without a line break at the end."""
    return "\n\n".join(_blocks(_parsed(markdown).children))


def prose_line(markdown: str) -> str:
    """Return an author's Markdown as one line, for a list item."""
    return re.sub(r"(?: ?\\?\n)+", " ", " ".join(filter(None, _flat(_parsed(markdown).children)))).strip()


def sentence(text: str) -> str:
    """Return plain text as one line, with only those words as code that Markdown would read."""
    safe = _text(text, begins=True, links=False).strip()
    before, blank, last = safe.rpartition(" ")
    return f"{before}{blank}{code(last)}" if last.endswith("#") else safe  # a heading would lose the hash


def link(label: str, address: str) -> str:
    """Return a link, or the label alone where the address is none that a page may lead to."""
    return _link(sentence(label), address)


def _link(label: str, address: str) -> str:
    parser = _parser()
    url = _ENTITY.sub("%26", parser.normalizeLink(address.strip()))
    return f"[{_labelled(label)}]({_destination(url)})" if url and parser.validateLink(url) else label


def _labelled(label: str) -> str:
    """Return what stands in a link's brackets: none of its own, and no letter that ticks a box in a list."""
    plain = label.replace("\n", " ").replace("[", "(").replace("]", ")")
    return code(plain) if plain in ("x", "X") else plain or "link"


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("js-default", {"html": False})


def _parsed(markdown: str) -> SyntaxTreeNode:
    return SyntaxTreeNode(_parser().parse(markdown))


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> Iterator[str]:
    """Yield block after block, with a word between two lists: nothing between them makes them one."""
    before = ""
    for node in nodes:
        block = _block(node)
        if block:
            kind = "bullet_list" if node.type == "table" else node.type
            if kind == before and kind in ("bullet_list", "ordered_list"):
                yield _AND
            yield block
            before = kind


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "paragraph" | "heading":
            return _inline(node.children[0].children, True)
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "fence" | "code_block":
            language = re.sub(r"[^\w+-]", "", node.info.split(maxsplit=1)[0]) if node.info.strip() else ""
            return fence(node.content, language)
        case "blockquote":
            lines = "\n\n".join(_blocks(node.children)).split("\n")
            return "\n".join(f"> {line}".rstrip() for line in lines)
        case "table":
            rows = (
                [_inline(cell.children[0].children, True) for cell in row.children] for row in _rows(node)
            )
            return "\n".join(f"- {'; '.join(filter(None, row))}" for row in rows if any(row))
    return ""


def _rows(table: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    for part in table.children:
        yield from part.children


def _list(node: SyntaxTreeNode) -> str:
    """Return a list without its empty items; it is tight where it was."""
    written = [(item, list(_blocks(item.children))) for item in node.children]
    kept = [(item, blocks) for item, blocks in written if blocks]
    paragraphs = [child for item, _ in kept for child in item.children if child.type == "paragraph"]
    tight = all(one.hidden for one in paragraphs) and not any(_AND in blocks for _, blocks in kept)
    between = "\n" if tight else "\n\n"
    first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else 0
    width = len(str(first + len(kept) - 1))
    items = []
    for number, (_, blocks) in enumerate(kept, first):
        marker = f"{number:0{width}}. " if node.type == "ordered_list" else "- "
        rows = between.join(blocks).split("\n")
        indented = (" " * len(marker) + row if row else "" for row in rows[1:])
        items.append("\n".join([marker + rows[0], *indented]))
    return between.join(items)


def _flat(nodes: Sequence[SyntaxTreeNode]) -> Iterator[str]:
    for node in nodes:
        if node.type == "inline":
            yield _inline(node.children, True)
        elif node.type in ("fence", "code_block"):
            yield code(" ".join(node.content.split()))
        else:
            yield from _flat(node.children)


def _inline(nodes: Sequence[SyntaxTreeNode], begins: bool = False) -> str:
    """Return nodes as text; `begins` where the first stands at the beginning of a line."""
    parts: list[str] = []
    for node in nodes:
        written = (
            _text(node.content, begins, not _inside(node, ("link",))) if node.type == "text" else _one(node)
        )
        begins = node.type in ("softbreak", "hardbreak") or (begins and not written)
        if parts and written and _misread(parts[-1], written, node):
            parts.append(" ")
        if written:
            parts.append(written)
    lines = "\n".join(line.strip() for line in "".join(parts).split("\n"))
    return _BREAKS.sub("", lines).strip()


def _misread(before: str, written: str, node: SyntaxTreeNode) -> bool:
    """Say whether two parts that touch would be read as something else: what stood there in code is gone."""
    last, first = before[-1], written[0]
    if last.isspace() or first.isspace():
        return False
    if last == "!" and node.type in ("link", "image"):
        return True
    if (last == "`" and (first == "`" or first.isalnum())) or (first == "`" and last.isalnum()):
        return True
    if first in _MARKS:
        return last != "(" and not (last.isalnum() and written.lstrip(_MARKS)[:1].isalnum())
    if last in _MARKS:
        return first not in ".,;:!?)" and not (first.isalnum() and before.rstrip(_MARKS)[-1:].isalnum())
    return False


def _one(node: SyntaxTreeNode) -> str:
    match node.type:
        case "softbreak":
            return "\n"
        case "hardbreak":
            return "\\\n"
        case "code_inline":
            return code(node.content)
        case "em" | "strong" | "s":
            inner = _inline(node.children)
            return f"{node.markup}{inner}{node.markup}" if inner and not _inside(node, _EMPHASIS) else inner
        case "link":
            url = _ENTITY.sub("%26", str(node.attrs["href"]))
            return f"[{_labelled(_inline(node.children))}]({_destination(url)})"
        case "image":
            label = node.content or "picture"
            return sentence(label) if _inside(node, ("link",)) else link(label, str(node.attrs["src"]))
    return ""


def _inside(node: SyntaxTreeNode, types: Sequence[str]) -> bool:
    """Say whether a node stands in another: emphasis in emphasis would run together, links do not nest."""
    above = node.parent
    while above is not None and above.type not in types:
        above = above.parent
    return above is not None


def _destination(url: str) -> str:
    """Return an address as a link holds it; blanks and brackets of its own need angles."""
    return f"<{url}>" if not url or re.search(r"[\x00-\x20()]", url) else url


def _text(content: str, begins: bool, links: bool) -> str:
    """Return plain text with every word made safe, the blanks at its ends kept."""
    first, *others = visible(" ".join(content.split())).split(" ")
    head = code(first) if begins and _BEGINS.match(first) else _word(first, links)
    words = " ".join([head, *(_word(word, links) for word in others)])
    before = " " if content[:1].isspace() and words else ""
    after = " " if content[-1:].isspace() and words else ""
    return f"{before}{words}{after}"


def _word(word: str, links: bool) -> str:
    if not _READ.search(word):
        return word
    match = _WORD.match(word)
    before, core, after = match.groups() if match else ("", word, "")
    if links and _ADDRESS.match(core):
        label = code(core) if _READ.search(core.partition("://")[2]) else core
        return f"{before}{_link(label, core)}{after}"
    return f"{before}{code(core) or code(word)}{after}" if core else code(word)
