"""A file of this machine: whether it is there, whose it is, and what stands in it."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final, Literal

from engine.kinds.by_hand import word
from engine.kinds.check import Check
from engine.kinds.ports import FileReply, World
from engine.kinds.references import ABSENT, Absent
from engine.kinds.replies import clipped, read_json
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation

_BY_NAME: Final[Mapping[str, str]] = {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck(Check):
    """Look at a file of this machine; links are told as links, not followed."""

    kind: ClassVar[str] = "file"
    example: ClassVar[str] = "{file: supabase/config.toml, expect: {json.api.port: 54321}}"
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "exists": "true when anything is there, a link that leads nowhere included",
            "kind": "file, folder, link or other; empty where nothing is",
            "size": "size in bytes",
            "mode": "permissions as text, `0600`",
            "owner": "name of the user it belongs to, the number where it has no name",
            "age": "seconds since its content changed",
            "leads_to": "where a link leads, as written in it",
            "sha256": "SHA-256 of the content; absent where not all of it was read",
            "text": "the first 65,536 characters of the content",
            "lines": "the lines of the content that say anything; absent where not all of it was read",
            "json": "the content as data, of JSON, YAML or TOML; absent where it is not, or is not whole",
            "contains": "true when the text of `contains` is in it; "
            "absent when it is not in what was read and there is more",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"exists": True})

    file: str
    """The path; a relative one is seen from the workspace."""
    parse: Literal["auto", "json", "yaml", "toml", "text", "none"] = "auto"
    """What the content is read as; `auto` goes by the end of the name, `none` gives no content as facts.

    YAML is read as strictly as a runbook: a mapping, without anchors and tags.
    """
    contains: str = ""
    """A text to look for, for the fact `contains`."""
    max_bytes: int = 1_000_000
    """How much is read; with 0 the file is never opened."""

    def __post_init__(self) -> None:
        if not self.file.strip():
            raise ValueError("'file' names no file: write its path")
        if self.max_bytes < 0:
            raise ValueError("'max_bytes' cannot be negative: write 0 to leave the content unread")
        if self.contains and not self.max_bytes:
            raise ValueError("'contains' needs the content: give 'max_bytes', or leave both out")

    async def observe(self, world: World, timeout: float) -> Observation:
        """Look once."""
        reply = await world.files.read(self.file, self.max_bytes, timeout)
        if not reply.kind:
            return Observation({"exists": False, "kind": ""}, summary="nothing is there")
        facts: dict[str, Json] = {
            "exists": True,
            "kind": reply.kind,
            "size": reply.size,
            "mode": f"{reply.mode:04o}",
            "owner": reply.owner,
            "age": round(max(reply.now - reply.changed, 0.0), 3),
        }
        if reply.kind == "link":
            facts["leads_to"] = reply.leads_to
        shown = self.parse != "none"
        if reply.kind == "file" and self.max_bytes and not reply.unread:
            facts |= self._content(reply, world.files.yaml)
        return Observation(
            facts, body=reply.body if shown else b"", media=self._media(), summary=_summary(reply)
        )

    def by_hand(self) -> str:
        """Return the line that lists it and shows its content."""
        path = word(self.file if self.file.startswith("/") else f"./{self.file}")
        line = f"ls -ld {path}"
        if self.contains:
            return f"{line} && grep -cF -e {word(self.contains)} {path}"
        if not self.max_bytes:
            return line
        return f"{line} && " + (f"shasum -a 256 {path}" if self.parse == "none" else f"cat {path}")

    def target(self) -> str:
        """Return the path."""
        return self.file

    def _content(self, reply: FileReply, yaml: Callable[[bytes], Json]) -> dict[str, Json]:
        facts: dict[str, Json] = {}
        if self.contains:
            found = self.contains.encode("utf-8", "replace") in reply.body
            if found or not reply.more:
                facts["contains"] = found
        if not reply.more:
            facts["sha256"] = hashlib.sha256(reply.body).hexdigest()
        if self.parse == "none":
            return facts
        facts["text"] = clipped(reply.body)
        if not reply.more:
            text = reply.body.decode("utf-8", "replace")
            facts["lines"] = [line for line in text.splitlines() if line.strip()]
            data = _parsed(self._format(), reply.body, yaml)
            if not isinstance(data, Absent):
                facts["json"] = data
        return facts

    def _format(self) -> str:
        if self.parse != "auto":
            return self.parse
        return next((kind for end, kind in _BY_NAME.items() if self.file.lower().endswith(end)), "text")

    def _media(self) -> str:
        return "application/json" if self._format() == "json" else "text/plain"


def _parsed(kind: str, body: bytes, yaml: Callable[[bytes], Json]) -> Json | Absent:
    try:
        match kind:
            case "json":
                return read_json(body)
            case "yaml":
                return yaml(body)
            case "toml":
                return _plain(tomllib.loads(body.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        pass
    return ABSENT


def _plain(value: object) -> Json:
    """Return TOML data as JSON has it: its dates and times become text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value - value != 0:
        return None  # NaN and the infinities are no data
    return value if isinstance(value, (str, bool, int, float)) else str(value)


def _summary(reply: FileReply) -> str:
    if reply.kind == "link":
        return f"a link to {reply.leads_to}"
    said = f"a {reply.kind}" if reply.kind != "other" else "no file: a device, a FIFO or a socket"
    said += f" of {reply.size} bytes" if reply.kind == "file" else ""
    said += f", mode {reply.mode:04o}, of {reply.owner}"
    return f"{said}; its content was not read: {reply.unread}" if reply.unread else said
