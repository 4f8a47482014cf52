"""What an author may write as a command, and what data from outside cannot make of it."""

from __future__ import annotations

import pytest

from engine.kinds.action import Action
from engine.kinds.actions.command import CommandAction
from engine.kinds.check import Check
from engine.kinds.checks.command import CommandCheck
from engine.kinds.codec import BadData, decode, plain
from engine.kinds.program import Argument, reserved
from engine.kinds.references import resolve
from engine.kinds.values import Json


def written(command: Json, **more: Json) -> CommandCheck:
    """Return a check as the loader makes it."""
    data = {"kind": "command", "command": command, "read_only_because": "it prints", **more}
    made = decode(Check, data)
    assert isinstance(made, CommandCheck)
    return made


def resolved(check: CommandCheck, **known: Json) -> CommandCheck:
    """Return the check as it is asked: through the journal, with its references looked up."""
    made = decode(Check, resolve(plain(check), lambda name: known[name.replace(".", "_")]))
    assert isinstance(made, CommandCheck)
    return made


HOSTILE = ["a b", "$(id)", "`id`", "; reboot", "x\ny", "*", "", "${inputs.other}", "${secrets.KEY}", "--"]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_stays_one_argument(value: str) -> None:
    """A whole one or a part of one, as it came; a secret's name in it is no longer one."""
    check = resolved(written(["echo", "--", "${inputs.x}", "a=${inputs.x}"]), inputs_x=value)
    inert = value.replace("${secrets.", "$ {secrets.")
    assert ("echo", "--", inert, f"a={inert}") == check.command


@pytest.mark.parametrize("value", ["-rf", "--delete", "-", "-\n"])
@pytest.mark.parametrize("written_as", ["${inputs.x}", "${inputs.empty}${inputs.x}", "${ inputs.x }"])
def test_a_value_cannot_become_an_option(value: str, written_as: str) -> None:
    """Unless the author put `--` before it, or began the argument; a `--` that is data does not count."""
    known: dict[str, Json] = {"inputs_x": value, "inputs_empty": "", "inputs_end": "--"}
    for command in (["ls", written_as], ["ls", "-l", "a", written_as]):
        with pytest.raises(BadData, match="begins with '-', so it would be an option"):
            resolved(written(command), **known)
    with pytest.raises(BadData, match="argument 1 came from outside"):
        resolved(written(["ls", "${inputs.end}", written_as]), **known)
    assert ("ls", "--", value) == resolved(written(["ls", "--", written_as]), **known).command
    assert ("ls", f"--name={value}") == resolved(written(["ls", f"--name={written_as}"]), **known).command
    assert ("ls", "a") == resolved(written(["ls", written_as]), inputs_x="a", inputs_empty="").command


def test_what_came_from_data_is_known_after_any_number_of_passes() -> None:
    """Plan, journal, resume: the mark is a part of the kind, and an author can only add to it."""
    check = written(["ls", "-l", "${service.app}", "x"])
    assert (2,) == check.from_data
    partly = decode(Check, resolve(plain(check), lambda name: "${inputs.x}", partial=True))
    assert isinstance(partly, CommandCheck)
    assert (2,) == decode(Check, plain(partly)).from_data  # type: ignore[attr-defined]
    with pytest.raises(BadData):
        resolved(partly, inputs_x="-f")
    with pytest.raises(BadData):
        resolved(written(["ls", "${inputs.x}"], from_data=[]), inputs_x="-f")


def test_an_undo_keeps_the_mark() -> None:
    """Actions are marked the same way."""
    action = CommandAction(command=(Argument("rm"), Argument("${inputs.x}")))
    with pytest.raises(BadData):
        decode(Action, resolve(plain(action), lambda name: "-rf"))


@pytest.mark.parametrize(("value", "text"), [(3, "3"), (1.5, "1.5"), (True, "true"), ("a", "a")])
def test_a_number_is_written_out(value: Json, text: str) -> None:
    """A fact is a number more often than not."""
    assert ("sleep", text) == resolved(written(["sleep", "${a.count}"]), a_count=value).command


@pytest.mark.parametrize("value", [["a", "b"], [], {"a": 1}, None])
def test_a_list_never_becomes_several_arguments(value: Json) -> None:
    """Nor a mapping one."""
    with pytest.raises(BadData, match="an argument is one text, not"):
        resolved(written(["ls", "--", "${a.files}"]), a_files=value)


@pytest.mark.parametrize("line", ["echo ${inputs.x}", "echo $${x}", "${secrets.KEY}", "echo '${a.b}'"])
def test_a_line_for_the_shell_holds_no_reference_at_all(line: str) -> None:
    """Quotes around it are no help; values go by `env`."""
    with pytest.raises(BadData, match="holds no"):
        written(line, shell=True)


def test_a_line_for_the_shell_is_one_text_and_says_so() -> None:
    """A text without `shell: true` and a list with it are both mistakes."""
    assert "echo $RB_X" == written("echo $RB_X", shell=True, env={"RB_X": "${inputs.x}"}).command
    for command, shell in (("ls -l", False), (["ls"], True), ("  ", True)):
        with pytest.raises(BadData):
            written(command, shell=shell)


@pytest.mark.parametrize(
    "command",
    [
        ["sh", "-c", "ls"],
        ["/bin/bash", "-lc", "ls"],
        ["env", "sh", "-c", "echo ${inputs.x}"],
        ["docker", "exec", "web", "bash", "-c", "echo ${inputs.x}"],
        ["python3", "-c", "print('${inputs.x}')"],
        ["/usr/bin/python3.11", "-I", "-c", "${inputs.x}"],
        ["node", "-e", "${inputs.x}"],
        ["node", "--eval=${inputs.x}"],
        ["perl", "-pe", "${inputs.x}"],
        ["psql", "-c", "select '${inputs.x}'"],
        ["${inputs.program}"],
        ["${service.cli}", "status"],
        ["./${inputs.x}.sh"],
        ["echo", "${secrets.KEY}"],
        ["curl", "-H", "Authorization: Bearer ${secrets.KEY}"],
        [],
        [""],
    ],
)
def test_what_would_be_code_or_a_leak_is_refused_when_read(command: Json) -> None:
    """A shell by another name, code with data in it, a program from data, a secret for all to see."""
    with pytest.raises(BadData):
        written(command)


@pytest.mark.parametrize(
    "command",
    [
        ["docker", "exec", "web", "sh", "-c", "ls /app"],
        ["python3", "scripts/look.py", "-c", "${inputs.x}"],
        ["python3", "-c", "import sys; print(sys.argv[1])", "${inputs.x}"],
        ["bash", "scripts/look.sh", "${inputs.x}"],
        ["git", "log", "--since=${run.since}", "--", "${inputs.path}"],
        ["grep", "-e", "${inputs.x}", "--", "log.txt"],
        ["sleep", 5],
    ],
)
def test_what_is_no_code_may_hold_data(command: Json) -> None:
    """Arguments behind the code or the script are data to it."""
    assert len(command) == len(written(command).command)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        "LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "BASH_FUNC_ls%%", "BASH_FUNC_x",
        "PATH", "PYTHONPATH", "PYTHONSTARTUP", "NODE_OPTIONS", "IFS", "ENV", "PERL5OPT", "RUBYOPT", "ld_preload",
        "A B", "", "1A", "A=B", "A\n", "RB_COMMAND", "RB_RUN",
    ],
)  # fmt: skip
def test_names_that_change_programs_are_refused_when_read(name: str) -> None:
    """In a check and in an action."""
    with pytest.raises(BadData):
        written(["ls"], env={name: "x"})
    with pytest.raises(ValueError, match=r"cannot be set|is no name|is set by"):
        CommandAction(command=(Argument("ls"),), env={name: Argument("x")})


@pytest.mark.parametrize("name", ["RB_LABEL", "SUPABASE_URL", "PATHS", "ENVIRONMENT", "NODE_ENV", "_X1"])
def test_other_names_may_be_set(name: str) -> None:
    """Values are nobody's business."""
    assert "" == reserved(name)
    assert {name: "-x"} == resolved(written(["ls"], env={name: "${inputs.x}"}), inputs_x="-x").env


def test_a_script_stands_among_the_arguments() -> None:
    """Otherwise something else would run than what was pinned."""
    assert "look.py" == written(["python3", "look.py"], script="look.py").script
    with pytest.raises(BadData, match="not among the arguments"):
        written(["python3", "look.py"], script="other.py")
    with pytest.raises(BadData, match="goes with a list"):
        written("./look.py", script="./look.py", shell=True)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"command": ["npx", "supabase", "status"]}, "npx supabase status"),
        ({"command": ["ls", "a b", "-l", "it's", ""]}, "ls 'a b' '-l' 'it'\\''s' ''"),
        (
            {"command": ["tool"], "env": {"KEY": "${secrets.API_KEY}", "N": 3}},
            'KEY="$API_KEY" N=3 tool',
        ),
        ({"command": "ls | wc -l", "shell": True}, "sh -c 'ls | wc -l'"),
        ({"command": ["ls"], "cwd": "my dir"}, "(cd 'my dir' && ls)"),
        ({"command": ["cat"], "stdin": "${secrets.KEY}"}, 'printf %s "$KEY" | cat'),
        ({"command": ["A=b", "x=y"]}, "'A=b' x=y"),
    ],
)
def test_by_hand_is_the_line_a_person_pastes(fields: dict[str, Json], line: str) -> None:
    """Quoted for a shell, the environment before it, secrets as variables."""
    assert line == written(**fields).by_hand()  # type: ignore[arg-type]
