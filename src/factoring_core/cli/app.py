"""The command `factoring`: global options, and the commands, each loaded when it is used."""

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from factoring_core.cli.errors import InterruptedByUserError, from_click, from_surprise
from factoring_core.cli.session import Session, current, silence_broken_pipe
from factoring_core.errors import FactoringError, NotAvailableError

COMMANDS = {
    "init": "admin",
    "check": "connections",
    "loads": "loads",
    "invoice": "loads",
    "void": "loads",
    "preflight": "batches",
    "submit": "batches",
    "resume": "batches",
    "batches": "batches",
    "report": "reports",
    "sync": "reports",
    "inspect": "reports",
    "exceptions": "exceptions",
    "decisions": "exceptions",
    "connections": "connections",
    "credit": "connections",
    "packet": "admin",
    "status": "admin",
    "audit": "admin",
    "providers": "admin",
    "demo": "demo",
}
"""Every command and the module that defines it under its own name, in the order of the help."""

GLOBAL_WITH_VALUE = ("--home", "--store", "--tenant", "--actor")
GLOBAL_OPTIONS = (*GLOBAL_WITH_VALUE, "--json", "--version")

READER_GONE = 141
"""The exit status when whoever reads stdout went away, as shells count it."""


def wants_json(arguments: Sequence[str]) -> bool:
    """Say whether ``--json`` stands among the global options, before anything is parsed."""
    waiting_for_value = False
    for argument in arguments:
        if waiting_for_value:
            waiting_for_value = False
        elif argument == "--json":
            return True
        elif argument in GLOBAL_WITH_VALUE:
            waiting_for_value = True
        elif not argument.startswith("-") or argument == "--":
            break
    return False


class CommandLine(click.Group):
    """A group that loads its commands late and answers every error with a document or a sentence.

    ``obj`` given to `main` opens the office in place of the real one: for tests.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; a part that is not built yet answers so when it is run."""
        if cmd_name not in COMMANDS:
            return None
        module = f"factoring_core.cli.{COMMANDS[cmd_name]}"
        if importlib.util.find_spec(module) is None:
            return _not_built(cmd_name)
        command: click.Command = getattr(importlib.import_module(module), cmd_name)
        return command

    def main(  # type: ignore[override] # answers by itself, so it always comes back with a status
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> int:
        """Run one command line and leave with its exit status, or return it."""
        arguments = list(sys.argv[1:] if args is None else args)
        session = Session(as_json=wants_json(arguments), opener=extra.pop("obj", None))

        def command() -> Any:
            return super(CommandLine, self).main(
                arguments, prog_name, complete_var, standalone_mode=False, obj=session, **extra
            )

        status = _run(session, command)
        if standalone_mode:
            sys.exit(status)
        return status


def _run(session: Session, command: Callable[[], Any]) -> int:
    """Run *command* and answer whatever it raises."""
    stderr = sys.stderr
    try:
        with session.only_documents(), contextlib.closing(session):
            answer = command()
        sys.stdout.flush()
    except FactoringError as error:
        return session.fail(error)
    except click.exceptions.NoArgsIsHelpError as error:
        if session.as_json:
            return session.fail(from_click(error, GLOBAL_OPTIONS))
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        return session.fail(from_click(error, GLOBAL_OPTIONS))
    except (click.Abort, KeyboardInterrupt):
        return session.fail(InterruptedByUserError("The command was stopped."))
    except SystemExit:
        # click leaves with 1 when its reader is gone, which means something else here; it is
        # told by the wrapper that click has put around the streams.
        if sys.stderr is stderr:
            raise
        silence_broken_pipe()
        return READER_GONE
    except BrokenPipeError:
        silence_broken_pipe()
        return READER_GONE
    except Exception as error:
        return session.fail(from_surprise(error))
    return answer if isinstance(answer, int) else 0


def _not_built(name: str) -> click.Command:
    def run() -> None:
        raise NotAvailableError(f"`{name}` is not built yet.", where={"part": name})

    return click.Command(
        name, callback=run, help="Not in this release.", context_settings={"ignore_unknown_options": True}
    )


@click.command(
    cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("factoring-home"),
    envvar="FACTORING_HOME",
    metavar="DIR",
    help="The folder of factoring.toml, store and files. [./factoring-home, or FACTORING_HOME]",
)
@click.option(
    "--store",
    envvar="FACTORING_STORE",
    metavar="URL",
    help="Another store than the home's own. [FACTORING_STORE]",
)
@click.option("--tenant", metavar="T", help="The tenant; a check against factoring.toml.")
@click.option("--actor", metavar="NAME", help="Who acts, by a name in factoring.toml.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON document on stdout.")
@click.version_option(package_name="factoring-core", prog_name="factoring", message="%(prog)s %(version)s")
def factoring(home: Path, store: str | None, tenant: str | None, actor: str | None, as_json: bool) -> None:
    """Sell freight invoices to factoring companies and reconcile what comes back, to the cent.

    Global options come before the command. Begin with `factoring init --example`.

    Exit status: 0 done; 1 the trade refused everything asked; 2 wrong usage or configuration;
    3 a file was refused; 4 a remote side failed, safe to retry; 5 outcome in doubt, do not
    resend by hand; 6 storage failed; 7 not permitted.
    """
    session = current()
    session.home, session.store, session.tenant, session.actor = home, store, tenant, actor
