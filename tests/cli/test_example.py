"""`init` makes a home that the next commands can use."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from cli.office_fake import everything, run
from factoring_core.adapters.settings.toml_settings import read_settings
from factoring_core.cli.example import example_files
from factoring_core.domain.vocabulary.money import cents_of

PROVIDERS = ("capital_depot", "winfactor", "rts")


def test_the_example_is_a_home_that_settings_can_be_read_from(tmp_path: Path) -> None:
    home = tmp_path / "home"
    answer = run("--json", "--home", str(home), "init", "--example", office=everything())

    assert answer.status == 0
    assert {"factoring.toml", "loads.csv"} <= set(answer.document["created"])
    text = (home / "factoring.toml").read_text(encoding="utf-8")
    settings = read_settings(text, file="factoring.toml", provider_ids=PROVIDERS)
    [connection] = settings.connections
    assert connection.provider == "capital_depot"
    assert connection.notices


def test_every_load_of_the_example_has_its_papers(tmp_path: Path) -> None:
    run("--home", str(tmp_path), "init", "--example", office=everything())
    rows = list(csv.DictReader(io.StringIO((tmp_path / "loads.csv").read_text(encoding="utf-8"))))

    assert len(rows) == 8
    for row in rows:
        assert cents_of(row["amount"]) > 0
        for column in ("invoice_file", "pod_file", "rate_confirmation_file"):
            assert (tmp_path / row[column]).read_bytes().startswith(b"%PDF-")


def test_the_commented_connections_of_the_example_are_right_too() -> None:
    text = example_files()["factoring.toml"].decode()
    head, _, tail = text.partition("# Other factors")
    switched_on = "\n".join(line.removeprefix("# ") for line in tail.splitlines()[1:])
    whole = head + switched_on.replace("SHA256:…", "SHA256:" + "a" * 43)

    assert len(read_settings(whole, file="f", provider_ids=PROVIDERS).connections) == 3


def test_the_empty_home_explains_itself_and_its_examples_are_right(tmp_path: Path) -> None:
    run("--home", str(tmp_path), "init", office=everything())
    text = (tmp_path / "factoring.toml").read_text(encoding="utf-8")
    examples = "\n".join(line.removeprefix("# ") for line in text.splitlines()[3:])

    assert read_settings(text, file="f", provider_ids=PROVIDERS).subsidiaries == ()
    assert len(read_settings(examples, file="f", provider_ids=PROVIDERS).connections) == 1


def test_a_home_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    line = ["--json", "--home", str(tmp_path), "init"]
    run(*line, "--example", office=everything())
    again = run(*line, "--example", office=everything())
    assert (0, []) == (again.status, again.document["created"])

    (tmp_path / "factoring.toml").write_text('tenant = "mine"\n', encoding="utf-8")
    assert run(*line, office=everything()).status == 0
    refused = run(*line, "--example", office=everything())
    assert (2, "home_exists") == (refused.status, refused.error["code"])
    assert (tmp_path / "factoring.toml").read_text(encoding="utf-8") == 'tenant = "mine"\n'


def test_the_example_is_the_same_every_time() -> None:
    assert example_files() == example_files()
