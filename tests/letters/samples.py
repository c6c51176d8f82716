"""One letter of each kind, as those who issue them make them."""

from datetime import date
from uuid import UUID

from app.letters.facts import (
    AccessCover,
    Acknowledgement,
    BreachNotice,
    ConsentWithdrawn,
    Extension,
    Facts,
    FeeOrExcessive,
    Fulfilled,
    IdentityRequest,
    MarketingBanConfirmed,
    ObjectionOutcome,
    Partial,
    RectificationOutcome,
    Refused,
    RestrictionLifted,
    RestrictionSet,
    Stays,
    Went,
)
from app.policy.holdings import HoldingKind
from app.policy.vocabulary import Channel, RestrictionGround, Right

RECEIVED, DUE, DONE = date(2026, 11, 22), date(2026, 12, 22), date(2026, 11, 23)


def kept(number: int = 1) -> Stays:
    """A voucher under the accounting duty."""
    return Stays(
        kind=HoldingKind.VOUCHER,
        reference=f"V-{number}",
        dated_on=date(2025, 5, 10),
        because="accounting",
        ground="17(3)(b)",
        law="Kirjanpitolaki 1336/1997",
        section="2:10 §",
        until=date(2035, 12, 31),
        access="accountant",
    )


BAN = Stays(
    kind=HoldingKind.SUPPRESSION,
    because="ban",
    ground="17(3)(b)",
    law="GDPR",
    section="Art. 21(3)",
    until=None,
    ends="marketing",
    access="screening",
)
WENT = (Went(kind=HoldingKind.CONTACT_DETAILS, count=1, ground="17(1)(a)"),)
_ASKED = {"right": Right.ERASURE, "received_on": RECEIVED}
_OUTCOME = {**_ASKED, "request_file_years": 3}

SAMPLES: tuple[Facts, ...] = (
    Acknowledgement(right=Right.ACCESS, received_on=RECEIVED, due_on=DUE),
    IdentityRequest(
        right=Right.ACCESS, received_on=RECEIVED, asked_on=DONE, reason="Two people share the address.",
        asked_for="The order's number.", pauses=True, due_on=DUE,
    ),
    Extension(right=Right.ACCESS, received_on=RECEIVED, reason="An archive on paper.", due_on=DUE, paused_days=4),
    Fulfilled.model_validate({**_OUTCOME, "went": WENT, "stays": (BAN,), "done_on": DONE, "bytes_gone_by": DUE}),
    Partial.model_validate(
        {**_OUTCOME, "went": WENT, "stays": (kept(), BAN), "done_on": DONE, "recipients": ("Mailchimp",)}
    ),
    Refused.model_validate({**_OUTCOME, "ground": "conditions_not_met", "reasons": ("An order is open.",)}),
    FeeOrExcessive(
        right=Right.ACCESS, received_on=RECEIVED, ground="excessive", charge="fee", amount="25.00",
        reasons=("Asked for again unchanged.",), evidence=("The letters of May.",), approver="Mari Malli",
    ),
    RestrictionSet(since_on=DONE, grounds=(RestrictionGround.ACCURACY_CONTESTED,)),
    RestrictionLifted(since_on=DONE, lifted_on=DUE, reasons=("The address has been verified.",)),
    MarketingBanConfirmed(effective_on=DONE, channels=(Channel.EMAIL,), recipients=("Mailchimp",)),
    ConsentWithdrawn(effective_on=DONE, purposes=("newsletter",), others=("accounting",)),
    ObjectionOutcome(received_on=RECEIVED, upheld=False, purposes=("legal_claims",), reasons=("A claim is open.",)),
    RectificationOutcome(
        received_on=RECEIVED, corrected=("phone",), unchanged=("name",), reasons=("The name is as on the passport.",)
    ),
    AccessCover(right=Right.ACCESS, received_on=RECEIVED, enclosures=("Your data (PDF)",), withheld="Another's name."),
    BreachNotice(
        found_on=DONE, nature="A list went astray.", consequences="Unwanted mail.", measures="Called back.",
        contact="Mari Malli", advice="Beware of calls.", communication=UUID(int=1),
    ),
)  # fmt: skip
