"""Reading `factoring.toml`: whole, or refused whole with every fault, its line and no secret."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.adapters.settings.key_lines import key_lines
from factoring_core.adapters.settings.toml_settings import read_settings
from factoring_core.domain.vocabulary.parties import (
    InvoicedOn,
    InvoicingMethod,
    MissingInvoices,
    Protocol,
    Settings,
    SettlementPolicy,
    Severity,
)
from factoring_core.errors import ConfigurationError, Fault

PROVIDERS = ("winfactor", "rts", "capital_depot")
HOST_KEY = "SHA256:" + "a" * 43

WHOLE = f"""\
tenant = "acme"

[[subsidiaries]]
id = "east"
name = "Acme East LLC"
mc_number = "123456"
dot_number = "7654321"
time_zone = "America/Chicago"
invoicing_method = "direct"
auto_merge = false
invoice_number_format = "{{year}}-{{seq:04}}"
invoice_prefixes = ["INV"]
settlement = "as_reported"
tolerance = "0.05"
generate_invoices = true
preflight = {{ credit_declined = "warn", missing_truck = "block" }}

[[subsidiaries]]
id = "west"
name = "Acme West"

[[customers]]
id = "blue"
name = "Blue Freight & Söhne"
mc_number = "998877"
invoicing_method = "factoring"
debtor_numbers = {{ rts = "D-77", east-winfactor = "W-1" }}

[[connections]]
id = "east-winfactor"
subsidiary = "east"
provider = "winfactor"
factor = "Example Capital"
currency = "USD"
protocol = "sftp"
host = "127.0.0.1"
port = 2222
folder = "inbox"
username = "acme"
credential = "env:WINFACTOR_PASSWORD"
private_key = "file:keys/id"
host_key = "{HOST_KEY}"
client_number = "A-17"
invoiced_on = "confirm"
batch_report = "complete"
non_atomic = true
terms = {{ advance_rate = "0.90", fee_rate = "0.03", recourse_days = 90 }}

[[connections.notices]]
from = 2026-01-01
text = "Pay to the order of\\nExample Capital"

[[connections.notices]]
from = "2026-06-01"
text = "Pay to somebody else"

[[connections]]
id = "east-depot"
subsidiary = "east"
provider = "capital_depot"
active = false
invoiced_on = "submit"

[[actors]]
name = "dana"
roles = ["admin"]
permissions = ["billing"]
subsidiaries = ["east"]

[credit]
stale_after_hours = 12
"""

SUBSIDIARY = '[[subsidiaries]]\nid = "east"\nname = "East"\n'
CONNECTION = '[[connections]]\nid = "c"\nsubsidiary = "east"\nprovider = "rts"\n'
SFTP = 'protocol = "sftp"\nhost = "sftp.example"\nusername = "u"\ncredential = "env:PW"\n'


def read(text: str) -> Settings:
    return read_settings(text, file="factoring.toml", provider_ids=PROVIDERS)


def faults(text: str) -> list[Fault]:
    with pytest.raises(ConfigurationError) as refused:
        read(text)
    return list(refused.value.faults)


def faults_or_none(text: str) -> list[Fault] | None:
    try:
        read(text)
    except ConfigurationError as error:
        return list(error.faults)
    return None


def only_fault(text: str) -> Fault:
    [fault] = faults(text)
    return fault


def test_everything_the_file_can_say_is_read() -> None:
    settings = read(WHOLE)

    assert settings.tenant == "acme"
    assert settings.stale_after_hours == 12
    east, west = settings.subsidiaries
    assert (east.id, east.mc_number, east.dot_number) == ("east", "123456", "7654321")
    assert east.time_zone == "America/Chicago"
    assert east.invoicing_method is InvoicingMethod.DIRECT
    assert not east.auto_merge
    assert east.generate_invoices
    assert east.invoice_number_format == "{year}-{seq:04}"
    assert east.invoice_prefixes == ("INV",)
    assert east.settlement is SettlementPolicy.AS_REPORTED
    assert east.tolerance == 5
    assert east.preflight == {"credit_declined": Severity.WARN, "missing_truck": Severity.BLOCK}
    assert west.time_zone == "UTC"
    [blue] = settings.customers
    assert blue.name == "Blue Freight & Söhne"
    assert blue.invoicing_method is InvoicingMethod.FACTORING
    assert blue.debtor_numbers == {"rts": "D-77", "east-winfactor": "W-1"}
    first, second = settings.connections
    assert (first.protocol, first.host, first.port, first.folder) == (
        Protocol.SFTP,
        "127.0.0.1",
        2222,
        "inbox",
    )
    assert (first.credential, first.private_key) == ("env:WINFACTOR_PASSWORD", "file:keys/id")
    assert first.terms.advance_rate == Decimal("0.90")
    assert first.terms.recourse_days == 90
    assert [notice.from_on for notice in first.notices] == [dt.date(2026, 1, 1), dt.date(2026, 6, 1)]
    assert first.notices[0].text == "Pay to the order of\nExample Capital"
    assert first.batch_report is MissingInvoices.REFUSE
    assert first.active
    assert first.non_atomic
    assert not second.active
    assert second.protocol is Protocol.MANUAL
    assert second.invoiced_on is InvoicedOn.SUBMIT
    assert settings.actors is not None
    assert settings.actors[0].subsidiaries == ("east",)


def test_an_empty_file_has_the_defaults_and_no_actors() -> None:
    settings = read("")

    assert settings == Settings()
    assert settings.actors is None


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    assert read("\ufeff" + WHOLE.replace("\n", "\r\n")) == read(WHOLE)


def test_every_fault_comes_at_once_with_its_line_and_key_path() -> None:
    text = (
        'tenent = "acme"\n'
        + SUBSIDIARY
        + 'time_zone = "America/Chicgo"\ntolerance = 0.05\n'
        + CONNECTION
        + "port = 70000\nhots = 'x'\n"
    )
    found = faults(text)

    assert [(fault.line, fault.column, fault.code) for fault in found] == [
        (1, "tenent", "unknown_key"),
        (5, "subsidiaries[0].time_zone", "bad_value"),
        (6, "subsidiaries[0].tolerance", "wrong_type"),
        (11, "connections[0].port", "bad_value"),
        (12, "connections[0].hots", "unknown_key"),
    ]
    assert "Did you mean tenant?" in found[0].message
    assert "America/Chicago" in found[1].message
    assert "Did you mean host?" in found[4].message


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('credential = "hunter2-Tr0ub4dor"', "secret_in_clear"),
        ('private_key = "hunter2-Tr0ub4dor"', "secret_in_clear"),
        ('password = "hunter2-Tr0ub4dor"', "secret_in_clear"),
        ('credential = "env:hunter2-Tr0ub4dor"', "secret_in_clear"),
        ('private_key = "env:PW"', "bad_value"),
        ('host = "acme:hunter2-Tr0ub4dor@sftp.example"', "bad_value"),
        ('base_url = "https://acme:hunter2-Tr0ub4dor@factor.example"', "bad_value"),
        ('protocol = "hunter2-Tr0ub4dor"', "not_in_list"),
        ('host_key = "hunter2-Tr0ub4dor"', "bad_value"),
    ],
)
def test_a_secret_in_clear_is_refused_and_never_repeated(line: str, code: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(SUBSIDIARY + CONNECTION + line + "\n")

    error = refused.value
    assert [code] == [fault.code for fault in error.faults]
    assert "Tr0ub4dor" not in repr((error, error.faults, error.where, error.remedy, error.__cause__))
    assert error.__cause__ is None


@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        (
            SUBSIDIARY + 'invoice_number_format = "{load}"',
            "subsidiaries[0].invoice_number_format",
            "bad_value",
        ),
        (
            SUBSIDIARY + 'invoice_number_format = "{year}"',
            "subsidiaries[0].invoice_number_format",
            "bad_value",
        ),
        (SUBSIDIARY + 'invoice_number_format = "{seq"', "subsidiaries[0].invoice_number_format", "bad_value"),
        (
            SUBSIDIARY + 'invoice_number_format = "{seq!r}"',
            "subsidiaries[0].invoice_number_format",
            "bad_value",
        ),
        (
            SUBSIDIARY + 'invoice_number_format = "={seq}"',
            "subsidiaries[0].invoice_number_format",
            "bad_value",
        ),
        (SUBSIDIARY + 'tolerance = "1.234"', "subsidiaries[0].tolerance", "bad_value"),
        (SUBSIDIARY + 'tolerance = "-1.00"', "subsidiaries[0].tolerance", "bad_value"),
        (SUBSIDIARY + 'time_zone = "/etc/passwd"', "subsidiaries[0].time_zone", "bad_value"),
        (SUBSIDIARY + "mc_number = 123456", "subsidiaries[0].mc_number", "wrong_type"),
        (SUBSIDIARY + 'auto_merge = "yes"', "subsidiaries[0].auto_merge", "wrong_type"),
        (SUBSIDIARY + 'invoicing_method = "factor"', "subsidiaries[0].invoicing_method", "not_in_list"),
        (SUBSIDIARY + 'invoice_prefixes = ["A", "A"]', "subsidiaries[0].invoice_prefixes", "duplicate"),
        (
            SUBSIDIARY + 'preflight = { missing_podd = "warn" }',
            "subsidiaries[0].preflight.missing_podd",
            "unknown_key",
        ),
        (
            SUBSIDIARY + 'preflight = { missing_pod = "maybe" }',
            "subsidiaries[0].preflight.missing_pod",
            "not_in_list",
        ),
        (
            SUBSIDIARY + 'preflight = { already_sold = "warn" }',
            "subsidiaries[0].preflight.already_sold",
            "not_allowed",
        ),
        (SUBSIDIARY + SUBSIDIARY, "subsidiaries[1].id", "duplicate"),
        ('[[subsidiaries]]\nid = "a/b"\nname = "A"', "subsidiaries[0].id", "bad_value"),
        ('[[subsidiaries]]\nname = "A"', "subsidiaries[0].id", "required"),
        ('[[customers]]\nid = "b"\n[[customers]]\nid = "b"', "customers[1].id", "duplicate"),
        (
            '[[customers]]\nid = "b"\ndebtor_numbers = { rst = "1" }',
            "customers[0].debtor_numbers.rst",
            "unknown_key",
        ),
        (
            '[[connections]]\nid = "c"\nsubsidiary = "east"\nprovider = "rts"',
            "connections[0].subsidiary",
            "unknown_subsidiary",
        ),
        (SUBSIDIARY + CONNECTION.replace("rts", "rst"), "connections[0].provider", "unknown_provider"),
        (SUBSIDIARY + CONNECTION + CONNECTION + "active = false", "connections[1].id", "duplicate"),
        (SUBSIDIARY + CONNECTION + 'currency = "usd"', "connections[0].currency", "bad_value"),
        (SUBSIDIARY + CONNECTION + 'currency = "JPY"', "connections[0].currency", "bad_value"),
        (SUBSIDIARY + CONNECTION + "port = true", "connections[0].port", "wrong_type"),
        (SUBSIDIARY + CONNECTION + 'host = "sftp://x.example"', "connections[0].host", "bad_value"),
        (SUBSIDIARY + CONNECTION + 'host = "300.1.1.1"', "connections[0].host", "bad_value"),
        (
            SUBSIDIARY + CONNECTION + 'terms = { fee_rate = "3" }',
            "connections[0].terms.fee_rate",
            "bad_value",
        ),
        (
            SUBSIDIARY + CONNECTION + "terms = { fee_rate = 0.03 }",
            "connections[0].terms.fee_rate",
            "wrong_type",
        ),
        (
            SUBSIDIARY + CONNECTION + "[[connections.notices]]\ntext = 'x'",
            "connections[0].notices[0].from",
            "required",
        ),
        (
            SUBSIDIARY + CONNECTION + "notices = [{ from = 2026-01-01T10:00:00, text = 'x' }]",
            "connections[0].notices[0].from",
            "wrong_type",
        ),
        (
            SUBSIDIARY
            + CONNECTION
            + "notices = [{ from = 2026-01-01, text = 'x' }, { from = 2026-01-01, text = 'y' }]",
            "connections[0].notices[1].from",
            "duplicate",
        ),
        (SUBSIDIARY + CONNECTION + SFTP, "connections[0].host_key", "required"),
        (SUBSIDIARY + CONNECTION + SFTP.replace('"sftp"', '"ftp"'), "connections[0].protocol", "plain_ftp"),
        (
            SUBSIDIARY
            + CONNECTION
            + SFTP.replace('host = "sftp.example"\n', "")
            + f'host_key = "{HOST_KEY}"',
            "connections[0].host",
            "required",
        ),
        (
            SUBSIDIARY
            + CONNECTION
            + SFTP.replace('credential = "env:PW"\n', "")
            + f'host_key = "{HOST_KEY}"',
            "connections[0].credential",
            "required",
        ),
        (SUBSIDIARY + CONNECTION + 'protocol = "folder"', "connections[0].folder", "required"),
        (
            SUBSIDIARY + CONNECTION + 'protocol = "folder"\nfolder = "out"\ninvoiced_on = "submit"',
            "connections[0].invoiced_on",
            "not_allowed",
        ),
        (
            SUBSIDIARY + CONNECTION + CONNECTION.replace('"c"', '"d"'),
            "connections[1].id",
            "two_active_connections",
        ),
        ("[credit]\nstale_after_hours = 0", "credit.stale_after_hours", "bad_value"),
        ("[credit]\nstale_hours = 3", "credit.stale_hours", "unknown_key"),
        ("actors = []", "actors", "bad_value"),
        ('[[actors]]\nname = "d"\nroles = ["boss"]', "actors[0].roles", "not_in_list"),
        ('[[actors]]\nname = "d"\nsubsidiaries = ["north"]', "actors[0].subsidiaries", "not_in_list"),
        ("[subsidiaries]\nid = 'east'", "subsidiaries", "wrong_type"),
        ('tenant = "x\\u0000"', "tenant", "bad_value"),
    ],
)
def test_each_wrong_setting_is_one_fault(text: str, path: str, code: str) -> None:
    fault = only_fault(text + "\n")

    assert (path, code) == (fault.column, fault.code)
    assert fault.file == "factoring.toml"
    assert fault.line is not None


def test_one_log_in_in_two_subsidiaries_is_refused_however_its_file_is_spelled() -> None:
    west = SUBSIDIARY.replace("east", "west")
    log_in = 'username = "u"\ncredential = "file:{}"\n'
    other = CONNECTION.replace('"c"', '"d"').replace("east", "west")
    text = SUBSIDIARY + west + CONNECTION + log_in.format("keys/a") + other + log_in.format("./keys/a")

    fault = only_fault(text)
    assert ("connections[1].credential", "shared_credential") == (fault.column, fault.code)
    assert len(read(text.replace("./keys/a", "keys/b")).connections) == 2
    same = text.replace('d"\nsubsidiary = "west"', 'd"\nactive = false\nsubsidiary = "east"')
    assert len(read(same).connections) == 2


def test_a_setting_below_the_wrong_header_is_told_where_it_belongs() -> None:
    notice = '[[connections.notices]]\nfrom = 2026-01-01\ntext = "x"\nclient_number = "7"\n'
    fault = only_fault(SUBSIDIARY + CONNECTION + notice)

    assert fault.code == "unknown_key"
    assert "It belongs to the connection" in fault.message


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ('tenant = "a"\ntenant = "b"\n', 2, "duplicate_key"),
        ('tenant = "a"\n\nname = \n', 3, "syntax"),
        ("x = '''\n\n", 3, "syntax"),
        ("x = " + "9" * 5000, 1, "syntax"),
        ("x = " + "[" * 50_000, 1, "syntax"),
    ],
)
def test_a_text_that_is_no_toml_is_refused_with_its_line(text: str, line: int, code: str) -> None:
    fault = only_fault(text)

    assert code == fault.code
    assert abs((fault.line or 0) - line) <= 1


def test_lines_are_found_behind_texts_and_lists_of_several_lines() -> None:
    text = (
        'a = """\n[not.a.table]\nb = 1\n"""\nc = [\n  1, # ]\n  "]",\n]\n"d e".f = 1\n'
        "[[g]]\n[g.h]\ni = 1\n[[g]]\n[[g.j]]\nk = {l = 1}\n"
    )
    lines = key_lines(text)

    assert lines == {
        ("a",): 1,
        ("c",): 5,
        ("d e",): 9,
        ("d e", "f"): 9,
        ("g", 0): 10,
        ("g", 0, "h"): 11,
        ("g", 0, "h", "i"): 12,
        ("g", 1): 13,
        ("g", 1, "j", 0): 14,
        ("g", 1, "j", 0, "k"): 15,
    }


@given(st.text())
def test_no_text_at_all_raises_anything_but_a_configuration_error(text: str) -> None:
    list(key_lines(text))

    assert faults_or_none(text) != []


VALUES = st.sampled_from(
    [
        '"x"',
        '""',
        "1",
        "-1",
        "0.5",
        "true",
        "[]",
        '["a"]',
        "{}",
        "{ a = 1 }",
        "2026-01-01",
        "nan",
        "'\t'",
        "[[]]",
    ]
)


@given(st.data())
def test_no_change_of_one_value_or_line_raises_anything_but_a_configuration_error(
    data: st.DataObject,
) -> None:
    lines = WHOLE.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    change = data.draw(st.sampled_from(["value", "drop", "double", "text"]))
    key, _, _ = lines[at].partition(" = ")
    if change == "value":
        lines[at] = f"{key} = {data.draw(VALUES)}"
    elif change == "drop":
        del lines[at]
    elif change == "double":
        lines.insert(at, lines[at])
    else:
        lines[at] = data.draw(st.text())
    found = faults_or_none("\n".join(lines))

    assert found is None or (found and all(fault.line for fault in found))
