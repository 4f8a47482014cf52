"""The strings below the fields of a class: what its author says of each, for the schema and the reference."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any


def about(kind: type[Any], field: str) -> str:
    """Return the string that stands below a field in its class."""
    return next((_strings(one)[field] for one in kind.__mro__ if field in _strings(one)), "")


@cache
def _strings(kind: type[Any]) -> Mapping[str, str]:
    if not dataclasses.is_dataclass(kind):
        return {}
    return dict(_below(ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]))


def _below(tree: ast.stmt) -> Iterator[tuple[str, str]]:
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for first, second in pairwise(body):
        if not isinstance(first, ast.AnnAssign) or not isinstance(second, ast.Expr):
            continue
        if isinstance(first.target, ast.Name) and isinstance(second.value, ast.Constant):
            yield first.target.id, " ".join(str(second.value.value).split())
