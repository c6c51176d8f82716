"""The file of connectors: the one that the guide shows works as it stands, and what is wrong is said without values."""

import re
from pathlib import Path

import pytest

from app.connectors.configuration import connector_for, load_connectors
from app.connectors.connector import ConnectorsInvalid
from app.connectors.email_task import ByEmail
from app.connectors.file_drop import ByFile
from app.connectors.human import ByHuman
from app.connectors.klarna import Klarna
from app.connectors.opendsr import OpenDsr
from app.connectors.outside import Outside, new_client
from app.connectors.paytrail import Paytrail
from app.connectors.webhook import ByWebhook
from app.policy.notifications import Act
from tests.connectors.told import relay_at

GUIDE = Path(__file__).parents[2] / "docs" / "recipients.md"
SECRETS = {
    "KLARNA_PASSWORD": "klarna-password",
    "PAYTRAIL_SECRET": "SAIPPUAKAUPPIAS",
    "AGENCY_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "PLATFORM_TOKEN": "platform-token",
}
KINDS = {
    "klarna": Klarna,
    "paytrail": Paytrail,
    "takk": ByEmail,
    "newsletter_agency": ByWebhook,
    "data_platform": OpenDsr,
    "bookkeeper": ByFile,
}


@pytest.fixture
def guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The guide's example, with a folder that is here."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    [example] = re.findall(r"```yaml\n(connectors:\n.*?)```", GUIDE.read_text("utf-8"), flags=re.DOTALL)
    file = tmp_path / "connectors.yaml"
    file.write_text(example.replace("/srv/exchange/bookkeeper", str(tmp_path)), "utf-8")
    return file


@pytest.mark.anyio
async def test_the_guides_example_connects(guide: Path) -> None:
    """Each recipient as the guide says; any other is a human's; no secret shows in what is printed."""
    loaded = load_connectors(guide)
    assert not [value for value in SECRETS.values() if value in repr(loaded)]
    async with new_client(verify=False) as client:
        outside = Outside(client, relay=relay_at(1025), mail_from="seloste@example.com")
        connected = loaded.connect(outside)
    assert {name: type(one) for name, one in connected.items()} == KINDS
    assert isinstance(connector_for(connected, "tehden"), ByHuman)
    assert connected["data_platform"].capabilities == {Act.ERASURE}
    assert connected["takk"].capabilities == set(Act)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("secret: {env: AGENCY_WEBHOOK_SECRET}", "secret: whsec_geheim", "newsletter_agency.webhook.secret"),
        ("https://hooks", "https://geheim@hooks", "newsletter_agency.webhook.url: .*without a user name"),
        ("tietosuoja@takk.example.fi", "geheim", "takk.email_task.to"),
        ("kind: paytrail", "kind: geheim", "connectors.paytrail"),
        ("format: csv", "geheim: csv", "bookkeeper.file_drop.geheim"),
        ("domain: opendsr", "domain: geheim/opendsr", "data_platform.opendsr.domain"),
        ("language: en", "language: geheim", "klarna.klarna.notice.language"),
    ],
)
def test_what_is_wrong_is_said_by_its_place(guide: Path, old: str, new: str, said: str) -> None:
    """And a value, which may be a secret in the wrong place, is not repeated."""
    guide.write_text(guide.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(ConnectorsInvalid, match=said) as refused:
        load_connectors(guide)
    assert "geheim" not in str(refused.value).replace("file_drop.geheim", "")
