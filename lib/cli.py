"""Folkmoot without a browser: `python -m lib.cli COMMAND`. Each command's module is loaded only when it is needed."""

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

# Which module adds which commands; `run` alone must work on a machine without a database.
MODULES: Final = {
    "lib.commands.run": ("run",),
    "lib.commands.export": ("export", "link"),
    "lib.commands.admin": ("migrate", "stop"),
    "lib.commands.doctor": ("doctor",),
    "lib.commands.data": ("backup", "restore", "move", "forget"),
}

INTERRUPTED: Final = 130
"""The exit code after Ctrl-C."""

DESCRIPTION: Final = "Write the policy of a language model together; here, without a browser."
EPILOG: Final = """\
Try a policy on your own scenarios, with the embedded model, without any account or database:
  python -m lib.cli run policy.md --scenarios scenarios.csv --baseline --out results.jsonl

Look after a server:
  python -m lib.cli doctor                          what is configured, what works, what does not
  python -m lib.cli export WORKSHOP_ID --out FOLDER
  python -m lib.cli link WORKSHOP_ID --role facilitator

Settings come from the environment, else from .streamlit/secrets.toml: FOLKMOOT_MODEL, FOLKMOOT_API_BASE,
DATABASE_URL, SUPABASE_URL and others (see README.md).
Every command explains itself: python -m lib.cli COMMAND --help
"""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line on standard error, with exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Says what is wrong and where to read on, then exits."""
        sys.stderr.write(f"{self.prog}: {message[:1].upper()}{message[1:]}. See {self.prog} --help.\n")
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; gives its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = build_parser(given[0] if given else None)
    parsed = parser.parse_args(given)
    try:
        code: int = parsed.run(parsed)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return code


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """The parser with one command, or with all of them if `command` is none of ours."""
    parser = Parser(
        prog="python -m lib.cli",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    wanted = [module for module, names in MODULES.items() if command in names] or list(MODULES)
    for module in wanted:
        if importlib.util.find_spec(module) is not None:
            importlib.import_module(module).add_commands(commands)
    return parser


def leave(code: int, command: str | None) -> NoReturn:
    """Ends the process with an exit code.

    A `run` that was interrupted has written and closed all it had. It leaves at once: Python would first wait for
    LiteLLM to be loaded to its end, or for the embedded model to start, and then tear it all down again, for up to
    ten seconds together. The embedded model's process ends with its standard input.
    """
    if code == INTERRUPTED and command == "run":
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise SystemExit(code)


if __name__ == "__main__":
    leave(main(), sys.argv[1] if len(sys.argv) > 1 else None)
