"""The command a person types where the engine would look or act: one line, safe to paste.

Rules. Everything is quoted so that the shell takes it literally, except `${secrets.NAME}`, which becomes
`$NAME` in double quotes: the shell puts the value in, and no value is ever shown. A line break is written
`$'\\n'` (bash, zsh), so that the command stays one line. Other references stay as they are, in single quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from engine.kinds.ports import HttpRequest
from engine.kinds.references import REFERENCE
from engine.kinds.values import Duration, Json

SECONDS = 30  # patience of a command typed by hand: a cold start behind a slow proxy takes longer than 10 s

_PATIENCE = re.compile(r"curl (?:-\w+ )*?-m [\d.]+ ")
_SECRET = re.compile(r"\$\{secrets\.([A-Za-z_][A-Za-z0-9_]*)\}")
_BARE = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_SPECIAL = str.maketrans({mark: f"\\{mark}" for mark in '\\"$`'})


def quoted(text: str) -> str:
    """Return the text as one shell word, always in quotes."""
    if _SECRET.search(text) and not _CONTROL.search(text) and "!" not in text:
        return '"' + "".join(_inside(text)) + '"'
    return "".join(_pieces(text)) or "''"


def word(text: str) -> str:
    """Return the text as one shell word, in quotes only where it needs them."""
    return text if _BARE.fullmatch(text) and not text.startswith("-") else quoted(text)


def curl(request: HttpRequest) -> str:
    """Return the curl line that sends the same request.

    With headers of the author's it follows no redirect: curl would hand most of them to the other host.
    """
    url = request.url
    parts = ["curl", "-sS", "-I" if request.method == "HEAD" else "-i", "-m", str(SECONDS)]
    if request.insecure:
        parts.append("-k")
    if request.redirects and not request.headers:
        parts += ["-L", "--max-redirs", str(request.redirects)]
        parts += ["--proto-redir", "=http,https" if url.lower().startswith("http://") else "=https"]
    if re.search(r"[\[\]{}]", _SECRET.sub("", url)):
        parts.append("-g")  # else curl reads brackets as a range of addresses
    if request.method not in ("GET", "HEAD") or (request.body and request.method != "HEAD"):
        parts += ["-X", word(request.method)]
    for name, value in request.headers.items():
        parts += ["-H", quoted(f"{name}: {value}" if value else f"{name};")]
    if request.body:
        parts += ["--data-raw", quoted(request.body.decode("utf-8", "replace"))]
    return " ".join([*parts, quoted(url)])


def patient(text: str, timeout: Duration) -> str:
    """Give a kind's curl line the patience of its use, which the kind does not know."""
    curl = text.startswith("curl ") and timeout > 0
    return text.replace(f" -m {SECONDS} ", f" -m {float(timeout):g} ", 1) if curl else text


def timed(text: str) -> str:
    """Let curl say how long the answer took, on a line of its own behind it."""
    found = _PATIENCE.match(text)
    return text if found is None else f"{found[0]}-w '\\n%{{time_total}} s\\n' {text[found.end() :]}"


def written(text: str, *, planned: bool = False) -> str:
    """Return an author's command with its references as a shell takes them.

    Of one that is planned, everything but its credentials stands in it already, and stays as it is.
    """
    return "".join(_written(text, planned))


def curl_query(url: str, headers: Mapping[str, str], parameters: Mapping[str, str]) -> str:
    """Return the curl line that asks an address with these parameters, encoded by curl itself."""
    parts = ["curl", "-sS", "-G", "-m", str(SECONDS)]
    for name, value in headers.items():
        parts += ["-H", quoted(f"{name}: {value}" if value else f"{name};")]
    for name, value in parameters.items():
        parts += ["--data-urlencode", quoted(f"{name}={value}")]
    return " ".join([*parts, quoted(url)])


def inspector(server: str, tool: str, arguments: Mapping[str, Json]) -> str:
    """Return the line that calls an MCP tool with the protocol's own inspector."""
    variable = re.sub(r"\W", "_", server, flags=re.ASCII).upper() + "_MCP_URL"
    parts = ["npx -y @modelcontextprotocol/inspector --cli", f'"${variable}"', "--transport http"]
    parts += ["--method tools/call --tool-name", word(tool)]
    for name, value in arguments.items():
        parts += ["--tool-arg", word(f"{name}={_argument(value)}")]
    return " ".join(parts)


def _argument(value: Json) -> str:
    """Write an argument as the inspector reads it: JSON where it is JSON, else text."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return value
    return json.dumps(value, ensure_ascii=False)


def _inside(text: str) -> Iterator[str]:
    """Yield the text for double quotes.

    It is `${NAME}` where the next character would be read as a part of it; zsh does so with `[` and `:`.
    """
    at = 0
    for match in _SECRET.finditer(text):
        yield text[at : match.start()].translate(_SPECIAL)
        at = match.end()
        yield f"${{{match[1]}}}" if re.match(r"[\w\[:]", text[at : at + 1]) else f"${match[1]}"
    yield text[at:].translate(_SPECIAL)


def _pieces(text: str) -> Iterator[str]:
    at = 0
    for match in _SECRET.finditer(text):
        yield _literal(text[at : match.start()])
        yield f'"${match[1]}"'
        at = match.end()
    yield _literal(text[at:])


def _literal(text: str) -> str:
    if not text:
        return ""
    if not _CONTROL.search(text):
        return "'" + text.replace("'", "'\\''") + "'"
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + _CONTROL.sub(_escape, escaped) + "'"


def _escape(match: re.Match[str]) -> str:
    mark = match[0]
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    if mark in known:
        return known[mark]
    return f"\\x{ord(mark):02x}" if ord(mark) < 128 else f"\\u{ord(mark):04x}"


def _written(text: str, planned: bool) -> Iterator[str]:
    """Yield an author's command with its references written for the quotes they stand in."""
    at, quote = 0, ""
    for match in (_SECRET if planned else REFERENCE).finditer(text):
        piece = text[at : match.start()]
        yield piece
        quote = _open_quote(piece, quote)
        at = match.end()
        name = f"secrets.{match[1]}" if planned else match[2].strip()
        if not planned and match[1]:
            yield match[0][1:]
        elif name.startswith("secrets."):
            inner = (
                f"${{{name.removeprefix('secrets.')}}}"
                if re.match(r"\w", text[at : at + 1])
                else f"${name.removeprefix('secrets.')}"
            )
            yield {"'": f"'\"{inner}\"'", '"': inner}.get(quote, f'"{inner}"')
        else:
            yield f"<{name}>" if quote else f"'<{name}>'"
    yield text[at:]


def _open_quote(piece: str, quote: str) -> str:
    """Return which quote is open after a piece of shell text."""
    skip = False
    for mark in piece:
        if skip:
            skip = False
        elif mark == "\\" and quote != "'":
            skip = True
        elif quote:
            quote = "" if mark == quote else quote
        elif mark in "'\"":
            quote = mark
    return quote
