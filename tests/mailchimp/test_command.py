"""`seloste mailchimp …` as an operator runs it, against a fake that is a real server on loopback."""

from pathlib import Path

import pytest

from tests.cli.running import CommandLine
from tests.imports.files import HEADING, member, write
from tests.mailchimp.stage import KEY, NEWS
from tests.vendors.mailchimp import create_app
from tests.vendors.mailchimp_state import Account
from tests.vendors.serving import Troubles, serving
from tests.worlds import Template

IMPORT = ("--wording", "newsletter", "--wording-version", "1", "--time-zone", "Europe/Helsinki")
CONFIG = """
connectors:
  mailchimp:
    kind: mailchimp
    api_key: {{env: MAILCHIMP_KEY}}
    base_url: {url}/3.0
    audiences:
      {audience}: {{purposes: [newsletter], export: newsletter}}
"""


@pytest.fixture
def seloste(
    sqlite_template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """The command line on a register of its own."""
    monkeypatch.setenv("DATABASE_URL", sqlite_template.fresh(tmp_path))
    monkeypatch.setenv("SELOSTE_SECRET_FILE", str(sqlite_template.secret_file))
    monkeypatch.setenv("SELOSTE_LEDGER", str(tmp_path / "seloste.ledger"))
    monkeypatch.setenv("MAILCHIMP_KEY", KEY)
    monkeypatch.setattr("app.logs.configure", lambda _level: None)
    return CommandLine(capsys)


def test_counts_are_printed_and_nobody_named(
    seloste: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing configured, a file that is wrong, an outage, then the work; never an address or the key."""
    assert seloste("import", "mailchimp", write(tmp_path, HEADING, member("aino@example.fi")), *IMPORT).code == 0
    missing = seloste("mailchimp", "export")
    file = tmp_path / "connectors.yaml"
    monkeypatch.setenv("SELOSTE_CONNECTORS", str(file))
    monkeypatch.setenv("SELOSTE_CONNECTORS_REACH_PRIVATE", "true")
    file.write_text("connectors: {mailchimp: {kind: mailchimp, api_key: in-the-open-us1}}")
    wrong = seloste("mailchimp", "export")
    account, troubles = Account(api_key=KEY), Troubles(outage=1)
    account.add(NEWS, "aino@example.fi", "unsubscribed")
    with serving(create_app(account, troubles)) as url:
        file.write_text(CONFIG.format(url=url, audience=NEWS))
        away, looked, filled = (seloste("mailchimp", what) for what in ("reconcile", "reconcile", "export"))
        worked = seloste("mailchimp", "inbox")

    assert (missing.code, wrong.code, away.code) == (1, 1, 1)
    assert "SELOSTE_CONNECTORS" in missing.err
    assert "in-the-open" not in wrong.err
    assert away.out.split() == [f"{NEWS}:", "interrupted:http", "503", "1"]
    assert (looked.code, looked.out.split()) == (0, [f"{NEWS}:", "withdrawn", "1"])
    assert (filled.code, filled.out) == (0, f"{NEWS}: nothing to do\n")
    assert worked.out == "worked off 0 events\n"
    told = "".join(each.out + each.err for each in (wrong, away, looked, filled))
    assert "example.fi" not in told
    assert KEY not in told
