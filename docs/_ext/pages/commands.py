"""The command line and its JSON documents."""

from __future__ import annotations

import inspect

import click

from factoring_core.cli import schemas
from factoring_core.cli.app import COMMANDS, factoring
from pages.markdown import code, table


def command_line() -> str:
    """List every command with its arguments and options."""
    context = click.Context(factoring, info_name="factoring")
    parts = [
        "# Command line\n",
        "`factoring [GLOBAL OPTIONS] COMMAND [ARGUMENTS]`: global options come before the command.\n",
        f"{inspect.cleandoc(factoring.help or '')}\n",
        "## Global options\n",
        _options(factoring),
    ]
    for name in COMMANDS:
        command = factoring.get_command(context, name)
        assert command is not None
        parts.append(f"## {name}\n")
        if isinstance(command, click.Group):
            parts.append(f"{_help(command)}\n")
            for inner in command.list_commands(context):
                found = command.get_command(context, inner)
                assert found is not None
                parts += [f"### {name} {inner}\n", *_command(found, f"{name} {inner}")]
        else:
            parts += _command(command, name)
    return "\n".join(parts)


def _command(command: click.Command, name: str) -> list[str]:
    usage = " ".join(
        one.make_metavar(click.Context(command)) for one in command.params if isinstance(one, click.Argument)
    )
    parts = [f"```text\nfactoring {name} {usage}".rstrip() + "\n```\n", f"{_help(command)}\n"]
    options = _options(command)
    return [*parts, options] if options else parts


def _help(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "")


def _options(command: click.Command) -> str:
    rows = []
    for one in command.params:
        if not isinstance(one, click.Option) or one.name == "help":
            continue
        shown = ", ".join((*one.opts, *one.secondary_opts))
        if not one.is_flag:
            shown += " " + one.make_metavar(click.Context(command))
        rows.append((f"`{shown}`", "required" if one.required else "", one.help or ""))
    return table(["Option", "", "Meaning"], rows) if rows else ""


def json_documents() -> str:
    """List the document of every command, and the schema that it keeps to."""
    rows = []
    for name in schemas.names():
        if name != "common":
            shape = schemas.schema(name)["anyOf"][0]
            if "$ref" in shape:
                shape = schemas.schema("common")["$defs"][shape["$ref"].rpartition("/")[2]]
            keys = shape.get("properties") or {}
            rows.append((f"`{_as_typed(name)}`", f"`{name}.json`", code(keys)))
    return f"""# JSON documents

With `--json`, stdout is exactly one document: UTF-8, amounts as decimal texts with two places,
dates ISO 8601. Each has a JSON Schema (draft 2020-12) that is installed with the package, under
`factoring_core/cli/schemas/`; `factoring_core.cli.schemas.schema(name)` returns it. Shared parts
are in `common.json`.

A command that did nothing because something was wrong answers `{{"error": …}}` alone. Where work
was done *and* something failed, the document has the same object beside its other keys.

{table(["Command", "Schema", "Keys"], rows)}"""


def _as_typed(name: str) -> str:
    command, _, inner = name.partition("-")
    return f"{command} {inner}".strip()
