"""`daccord check` and `daccord schema`, as a publisher runs them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from daccord.cli.check import check, schema
from daccord.declaration.parse import LONGEST_BYTES, parse_declaration
from daccord.declaration.report import report_faults
from daccord.declaration.schema import json_schema
from daccord.errors import DeclarationFaults
from tests.declaration import newspaper

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(check, arguments, input=given)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "paper.toml"
    path.write_bytes(newspaper.RAW)
    return path


def test_a_good_declaration_is_summed_up(paper: Path) -> None:
    result = run(str(paper))

    assert result.exit_code == 0
    assert (
        result.output
        == f"""\
{paper}: no faults
  purposes   5: necessary, audience, social, advertising, profiling
  services   6: session, counter, isso, plaza, adline, tags
  languages  2: fr, en
  questions  6 (digest {newspaper.parsed().questions_digest})
  version    {newspaper.parsed().version}
"""
    )


def test_the_file_is_daccord_toml_unless_given(
    paper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.rename(paper.parent / "daccord.toml")
    monkeypatch.chdir(paper.parent)

    assert run().output.startswith("daccord.toml: no faults")


def test_a_fault_is_shown_as_a_compiler_would(paper: Path) -> None:
    paper.write_text(newspaper.TEXT.replace('retention = "30 days"', 'retentoin = "30 days"'))

    result = run(str(paper))

    assert result.exit_code == 1
    assert (
        result.output
        == f"""\
{paper}:168:1: services[5].retentoin: found the unknown key "retentoin", expected one of the keys \
id, title, summary, purposes, recipient, hosts, loads, data, retention, transfer, embeds, \
revision, cookies, storage
  retentoin = "30 days"
  ^
  hint: did you mean "retention"?
1 fault
"""
    )


def test_the_caret_stands_below_the_fault_in_a_long_line_too() -> None:
    raw = newspaper.TEXT.replace('role = "processor"', 'role = "proc"').encode()
    with pytest.raises(DeclarationFaults) as caught:
        parse_declaration(raw)

    _, source, caret, *_ = report_faults(caught.value, raw).split("\n")

    assert source[caret.index("^") :].startswith('"proc"')
    assert len(source) <= 102


def test_the_caret_counts_wide_characters_twice_and_tabs_once() -> None:
    raw = '[site]\nname = { "ja" = "砂丘", x\t= "\x1b" }'.encode()
    with pytest.raises(DeclarationFaults) as caught:
        parse_declaration(raw)

    _, source, caret, *_ = report_faults(caught.value, raw).split("\n")

    assert "\x1b" not in source
    assert caret.index("^") == len('  name = { "ja" = "砂丘", x = "') + 2


def test_faults_as_json(paper: Path) -> None:
    paper.write_text(newspaper.TEXT.replace('"30 days"', '"30"'))

    result = run("--json", str(paper))

    assert result.exit_code == 1
    assert json.loads(result.output) == {
        "ok": False,
        "name": str(paper),
        "faults": [
            {
                "path": "services[5].retention",
                "found": '"30"',
                "expected": '"session" or a number of days, weeks, months or years, '
                'such as "6 months"',
                "hint": None,
                "line": 168,
                "column": 13,
            }
        ],
    }


def test_a_summary_as_json() -> None:
    result = run("--json", "-", given=newspaper.RAW)

    assert result.exit_code == 0
    data = json.loads(result.output)
    assert (data["ok"], data["name"], data["questions"]) == (True, "<stdin>", 6)
    assert data["version"] == newspaper.parsed().version


def test_what_cannot_be_read_ends_with_3(tmp_path: Path) -> None:
    for file in (str(tmp_path / "none.toml"), str(tmp_path), "nul\0"):
        result = run(file)
        assert result.exit_code == 3
        assert result.stdout == ""
        assert result.stderr.startswith("daccord: cannot read ")


def test_wrong_use_ends_with_2() -> None:
    assert run("a", "b").exit_code == 2
    assert run("--what").exit_code == 2


def test_a_file_without_end_is_too_long(paper: Path) -> None:
    paper.write_bytes(b"#" * (LONGEST_BYTES * 2))

    result = run(str(paper))

    assert result.exit_code == 1
    assert f"{paper}:1:1: (file): found more than 1048576 bytes" in result.output


def test_the_schema_is_printed() -> None:
    result = CliRunner().invoke(schema)

    assert result.exit_code == 0
    assert json.loads(result.output) == json_schema()
