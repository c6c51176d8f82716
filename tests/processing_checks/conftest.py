"""What checks of marketing need: a justified transfer to the mail service in the United States."""

import pytest

from tests.processors.calls import DPF, transfer
from tests.worlds import Caller

MARKETING = ["newsletter", "marketing", "telling_about_services"]


@pytest.fixture
async def mailing(call: Caller) -> None:
    """The dpo has recorded that the mail service's importer stands on the Data Privacy Framework's list."""
    await call("dpo", "POST", "/v1/processors/mailchimp/transfers", transfer(purposes=MARKETING, **DPF), expect=201)
