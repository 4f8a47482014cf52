"""Bytes to a text that shows all it holds: what is not UTF-8, or not seen, is refused with its place."""

from __future__ import annotations

import re

from engine.kinds.findings import Finding, Located

LINE_BREAK = re.compile(r"\r\n|\r|\n")
_UNSEEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u200a\u200c-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
    "\U00010000-\U0010ffff]"
)


def decode(text: bytes, file: str) -> str | Located:
    """Return the text, or the first reason why it is not one that shows everything it holds."""
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        finding = Finding("not-utf8", (), "the file is UTF-16", "save it as UTF-8")
        return Located(finding, file, 1, 1)
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"byte 0x{text[error.start]:02x} is not UTF-8"
        before = text[: error.start].decode("utf-8")
        whole = before + text[error.start :].decode("utf-8", errors="replace")
        return _at_index("not-utf8", message, "save the file as UTF-8", file, whole, len(before))
    unseen = _UNSEEN.findall(decoded)
    if not unseen:
        return decoded
    code, others = ord(unseen[0]), len(unseen) - 1
    message = f"an invisible or control character, U+{code:04X}, stands here"
    if others:
        message += f", and {others} more follow{'s' * (others == 1)}"
    fix = f'take it out; where it is meant, write "\\u{code:04x}" in double quotes'
    if decoded[0] == "\ufeff":
        message, fix = "the file begins with a byte order mark", "save it as UTF-8 without one"
    index = decoded.index(unseen[0])
    return _at_index("control-character", message, fix, file, decoded, index)


def _at_index(rule: str, message: str, fix: str, file: str, text: str, index: int) -> Located:
    before = LINE_BREAK.split(text[:index])
    source = LINE_BREAK.split(text)[len(before) - 1]
    return Located(Finding(rule, (), message, fix), file, len(before), len(before[-1]) + 1, 1, source)
