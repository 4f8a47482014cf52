"""The inputs of a run: what is required, what stands where nothing is given, what may come from outside."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from engine.kinds import patterns
from engine.kinds.findings import did_you_mean
from engine.kinds.values import Json
from engine.model.runbook import Input, Runbook

_UNFIT = ("Cc", "Cs", "Zl", "Zp")
"""Categories of characters no input holds: controls, half characters, line and paragraph separators."""


def inputs_of(runbook: Runbook, given: Mapping[str, str]) -> tuple[Mapping[str, Json], list[str]]:
    """Return the value of each input, and what is wrong with those that were given."""
    problems = [
        f"there is no input '{name}'" + (f": {hint}" if (hint := did_you_mean(name, runbook.inputs)) else "")
        for name in given
        if name not in runbook.inputs
    ]
    inputs: dict[str, Json] = {}
    for name, spec in runbook.inputs.items():
        if name in given:
            inputs[name] = given[name]
            problem = unfit(spec, given[name])
            if problem:
                problems.append(f"input '{name}' {problem}")
        elif spec.required:
            problems.append(f"input '{name}' is required: add --input {name}=VALUE")
        else:
            inputs[name] = spec.default
    return inputs, problems


def unfit(spec: Input, text: str) -> str:
    """Return what is wrong with a value that came from outside, empty when nothing is."""
    if len(text) > spec.max_length:
        return f"has {len(text)} characters: {spec.max_length} at most"
    at = next((n for n, mark in enumerate(text) if unicodedata.category(mark) in _UNFIT), -1)
    if at >= 0:
        return f"holds U+{ord(text[at]):04X} (character {at + 1}): no line breaks or control characters"
    if spec.pattern:
        fits = patterns.found(rf"\A(?:{spec.pattern})\z", text)
        if fits is None:
            return f"has the pattern {spec.pattern}, which cannot be searched in linear time: rewrite it"
        if not fits:
            return f"must match {spec.pattern}"
    return ""
