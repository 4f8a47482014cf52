"""Finding the question that is meant, and the answer to it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.app.runs import RunFolder
from engine.cli.conversation import scalar
from engine.cli.here import put, put_json
from engine.core.events import Answered, Expired, Prompted
from engine.core.state import RunState
from engine.kinds import codec
from engine.kinds.errors import Refused, UsageError
from engine.kinds.findings import did_you_mean
from engine.render.findings import visible
from engine.render.offered import STANDS_FOR, offered
from engine.render.prompt_rows import answer_command, answer_rows


def open_prompts(state: RunState) -> tuple[Prompted, ...]:
    """Return the open questions, oldest first."""
    return tuple(one.prompted for one in state.prompts.values() if one.given is None)


def decides(prompted: Prompted) -> bool:
    """Say whether a question is about a change."""
    return bool(prompted.digest) or prompted.kind in ("confirm", "approve")


def refuse_unnamed(folder: RunFolder, prompted: Prompted, choice: str, identity: str) -> None:
    """Raise UsageError with the exact command where a bare choice would decide about a change."""
    if decides(prompted):
        raise UsageError(
            f"this decides about a change ({prompted.text}): name the question, and the change",
            hint=answer_command(folder.run, prompted, choice, identity),
        )


def list_open(folder: RunFolder, state: RunState, output: str | None, identity: str = "") -> int:
    """List the open questions with what each can be answered with, a line to copy for each."""
    known = open_prompts(state)
    if output == "json":
        put_json([codec.plain(one) for one in known])
        return 0
    if not known:
        put(f"{folder.run} asks nothing at the moment")
    for one in known:
        put(f"{visible(one.prompt)}  [{one.kind}]  {visible(one.text)}")
        for change in one.changes:
            put(f"    change: {visible(change)}")
        for name, question in one.detail.items():
            if name.startswith("fact:"):
                put(f"    {name.removeprefix('fact:')}: {visible(question)}")
        for row in answer_rows(folder.run, one, identity):
            put(
                f"    {visible(row.text)}" if row.place == "command" else f"  {row.name}: {visible(row.text)}"
            )
    return 0


def chosen_prompt(
    folder: RunFolder, state: RunState, words: Sequence[str], identity: str = ""
) -> tuple[Prompted, str]:
    """Return the question and the choice; raises UsageError naming what could be meant."""
    known = {one.prompt: one for one in open_prompts(state)}
    if state.finished is not None:
        raise Refused(f"{folder.run} has ended: {state.finished.end}")
    if len(words) > 2:
        raise UsageError("too many words", hint="runbook answer [PROMPT] CHOICE")
    if len(words) == 2 and words[0] not in known:
        _refuse_closed(folder, words[0])
    if not known:
        raise UsageError(
            f"{folder.run} asks nothing at the moment",
            hint=f"`runbook show {folder.run}` says where it stands",
        )
    if len(words) == 1 and words[0] in known:
        raise UsageError(f"what is the answer to '{words[0]}'?", hint=_choices(known[words[0]]))
    if len(words) == 1 and len(known) > 1:
        raise UsageError(
            f"{len(known)} questions are open: {', '.join(known)}",
            hint=f"`{offered('runbook answer', identity)}` lists them, with a line for each answer",
        )
    name = words[0] if len(words) == 2 else next(iter(known))
    if name not in known:
        hint = did_you_mean(name, known) or f"open: {', '.join(known)}"
        raise UsageError(f"there is no open question '{name}'", hint=hint)
    prompted, choice = known[name], words[-1]
    keys = [option.key for option in prompted.options]
    if choice not in keys:
        raise UsageError(
            f"'{choice}' is no answer here", hint=did_you_mean(choice, keys) or _choices(prompted)
        )
    if len(words) == 1:
        refuse_unnamed(folder, prompted, choice, identity)
    return prompted, choice


def given(prompted: Prompted, choice: str, values: Sequence[str], reason: str) -> Answered:
    """Return the answer; raises UsageError for facts that are missing or unknown."""
    wanted = [name.removeprefix("fact:") for name in prompted.detail if name.startswith("fact:")]
    pairs = dict(one.partition("=")[::2] for one in values)
    unknown = [name for name in pairs if wanted and name not in wanted]
    if unknown:
        raise UsageError(f"'{unknown[0]}' is not asked here", hint=f"asked: {', '.join(wanted)}")
    blank = [name for name, value in pairs.items() if value in STANDS_FOR]
    if blank:
        raise UsageError(f"{pairs[blank[0]]} stands for what you saw", hint=f"{blank[0]}=… in its place")
    missing = [name for name in wanted if name not in pairs]
    if prompted.kind == "look" and choice == "seen" and missing:
        words = " ".join(f"--value {name}=…" for name in missing)
        question = prompted.detail[f"fact:{missing[0]}"]
        raise UsageError(f"what did you see? '{missing[0]}' is missing: {question}", hint=f"add {words}")
    return Answered(
        prompt=prompted.prompt,
        choice=choice,
        reason=reason,
        values={name: scalar(text) for name, text in pairs.items()},
        digest=prompted.digest,
    )


def _refuse_closed(folder: RunFolder, name: str) -> None:
    """Say who answered a question first; a settled step keeps no question, its journal does."""
    for one in folder.read():
        if isinstance(one.event, Answered) and one.event.prompt == name:
            raise Refused(f"{one.by.name} answered '{one.event.choice}' at {one.at.clock()}")
        if isinstance(one.event, Expired) and one.event.prompt == name:
            raise Refused(f"nobody answered '{name}' by {one.event.due.clock()}: it expired")


def _choices(prompted: Prompted) -> str:
    return "one of: " + ", ".join(f"{option.key} ({option.label})" for option in prompted.options)
