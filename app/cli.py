"""`seloste …`: lists the commands, loads the one that is called, and turns its failures into a line and a code.

Codes: 0 done, 1 refused or failed, 2 the command line is wrong, 130 interrupted. Commands live in `app/commands`.
"""

import gc
import importlib
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from app import garbage

COMMANDS = {
    "run": ("run", "Start on this machine: migrate, apply the definition, make demo people, serve."),
    "serve": ("serve", "Serve the API until stopped; requests in flight are finished first."),
    "migrate": ("migrate", "Bring the database to this release's revision."),
    "register": ("register", "Check, apply and show the register definition."),
    "notice": ("notice", "Check the privacy notice against practice, publish and print it."),
    "report": ("report", "The quarter in numbers, and everything a supervisory authority asks for."),
    "clients": ("clients", "Make, list, rotate and withdraw API clients."),
    "import": ("imports", "Import audiences and orders from other systems."),
    "mycashflow": ("mycashflow", "Read customers and orders of a shop on MyCashflow."),
    "digitalbooker": ("digitalbooker", "Read the bookings of an account at DigitalBooker."),
    "mailchimp": ("mailchimp", "Fill Mailchimp's audiences, and take over what changed there."),
    "digest": ("digest", "Send the daily digest to who is in charge of requests."),
    "sweep": ("sweep", "Erase what has reached its date, with verdicts and audit trail."),
    "worker": ("worker", "Tell recipients what is queued for them, beside or instead of the service."),
    "inactivity": ("inactivity", "Propose people who have been inactive too long to a human."),
    "backup": ("backup", "Write the whole database into one file, while the service runs."),
    "restore": ("restore", "Load a backup into an empty database, of either kind."),
    "ledger": ("ledger", "Check the erasure ledger, replay it after a restore, begin it anew."),
    "copy": ("copy", "Move the register to another database and compare the two row by row."),
    "maintain": ("maintain", "Do by hand what a running service does by itself in the background."),
    "verify-erasure": ("verify_erasure", "Search everything stored for values of an erased person."),
    "audit": ("audit", "Seal, verify, export and expire the audit trail."),
    "seed": ("seed", "Fill an empty register with generated people, for measuring and trying out."),
    "demo": ("demo", "Play the story of an erasure against a running service."),
    "openapi": ("openapi", "Write the OpenAPI document, or check that it is current."),
}
"""Command, its module in `app/commands`, and its line in the help."""

SHELL_OPTIONS = frozenset({"install_completion", "show_completion"})
"""What Typer offers with every command of its own making."""


class Commands(TyperGroup):
    """Imports a command's module when it is called, so that `seloste --help` answers at once."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that was named; raises the usage error when there is none."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and _load(COMMANDS[name][0]), rest


def _load(module: str) -> Any:
    # What is imported stays for good; not looking for garbage in it takes a fifth off the start.
    gc.disable()
    command = typer.main.get_command(importlib.import_module(f"app.commands.{module}").app)
    garbage.seldom()
    gc.enable()
    command.params = [each for each in command.params if each.name not in SHELL_OPTIONS]
    return command


cli = typer.Typer(
    cls=Commands,
    add_completion=False,
    help="Seloste: the customer register that keeps the promises of its privacy notice.",
    epilog="Settings come from the environment: DATABASE_URL, SELOSTE_PORT and others (README, Settings).",
)


def _listed() -> None:
    """Stands in the list; `Commands` calls the real one."""


for _name, (_, _line) in COMMANDS.items():
    cli.command(_name, help=_line)(_listed)


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    given = sys.argv[1:] if args is None else args
    command = typer.main.get_command(cli)
    sys.exit(_code(lambda: command.main(given or ["--help"], prog_name="seloste", standalone_mode=False)))


def _code(run: Callable[[], object]) -> int:
    try:
        code = run()
    except TyperException as error:
        # Without a message the help has been printed already: a group was named without a command.
        if message := error.format_message().replace("Value error, ", ""):
            print(f"seloste: {message}{_where_help(error)}", file=sys.stderr)
        return error.exit_code
    except typer.Abort:
        return 130
    except Exception as error:  # noqa: BLE001 (the last resort: one line instead of a traceback)
        for line in importlib.import_module("app.commands.failures").explained(error):
            print(line, file=sys.stderr)
        return 1
    return code if isinstance(code, int) else 0


def _where_help(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f" (see {context.command_path} --help)" if context is not None else ""
