"""When each ground of Article 17(1) is there: its own conditions, besides what still needs the data (Article 17(3)).

A ground that is not there does not end the matter: what is held is then looked at under (a), and the person is told.
"""

from dataclasses import dataclass
from typing import assert_never

from app.policy.vocabulary import ErasureGround, Unlawfulness


@dataclass(frozen=True, slots=True)
class GroundFacts:
    """What is known or was found about the grounds.

    `consented`: a consent was ever given or withdrawn. `objection_upheld`: under Article 21(1); marketing needs none.
    `law` and `section` are what orders the erasure. `child`: the person was one when the data were collected.
    """

    consented: bool = False
    objection_upheld: bool = False
    markets: bool = False
    unlawfulness: Unlawfulness | None = None
    law: str | None = None
    section: str | None = None
    child: bool = False
    information_society_service: bool = False


def ground_refusal(ground: ErasureGround, facts: GroundFacts) -> str | None:
    """Why the ground is not there; None when it is."""
    match ground:
        case ErasureGround.NO_LONGER_NECESSARY:
            return None  # looked at purpose by purpose
        case ErasureGround.CONSENT_WITHDRAWN:
            return None if facts.consented else "Nothing here rests on a consent of the person (Art. 17(1)(b))."
        case ErasureGround.OBJECTION:
            stands = facts.objection_upheld or facts.markets
            return None if stands else "No objection has been upheld, and nothing is marketing (Art. 17(1)(c))."
        case ErasureGround.UNLAWFUL_PROCESSING:
            return _unlawful(facts.unlawfulness)
        case ErasureGround.LEGAL_OBLIGATION:
            return None if facts.law and facts.section else "No law that orders the erasure is named (Art. 17(1)(e))."
        case ErasureGround.CHILD:
            if not facts.child:
                return "The person was no child when the data were collected (Art. 8(1))."
            offered = facts.information_society_service
            return None if offered else "The data come from no information society service (Art. 8(1))."
        case _ as unreachable:
            assert_never(unreachable)


def _unlawful(found: Unlawfulness | None) -> str | None:
    if found is None:
        return "Nothing unlawful has been found (Art. 17(1)(d))."
    if found is Unlawfulness.RECORDS_MISSING:
        return "A gap in the controller's records does not make processing unlawful (C-60/22)."
    return None
