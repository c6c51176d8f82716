"""The balancing test of an objection (Article 21(1)): the burden lies on the controller, who must demonstrate."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from app.policy.holdings import HeldPurpose
from app.policy.vocabulary import LegalBasis, Nature

OBJECTABLE = frozenset({LegalBasis.PUBLIC_TASK, LegalBasis.LEGITIMATE_INTERESTS})


@dataclass(frozen=True, slots=True)
class BalancingTest:
    """What a human weighed for one purpose, and where that person's own judgement came out.

    `interest` is the controller's, `necessity` why nothing milder serves it, `situation` the person's. To reject, the
    controller demonstrates `compelling_grounds` that override, or that `legal_claims` need the data.
    """

    interest: str
    necessity: str
    situation: str
    outcome: Literal["upheld", "rejected"]
    compelling_grounds: str | None = None
    legal_claims: str | None = None


@dataclass(frozen=True, slots=True)
class Upheld:
    """The purpose stops, and what rests on it alone is erased (Article 17(1)(c))."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The purpose goes on once the person has been told."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unproved:
    """A rejection that demonstrates nothing: it cannot be decided so."""

    missing: str


Weighed: TypeAlias = Upheld | Rejected | Unproved


def may_be_objected_to(purpose: HeldPurpose) -> bool:
    """Whether Article 21(1) reaches the purpose; direct marketing is reached by 21(2), without any weighing."""
    return purpose.basis in OBJECTABLE and purpose.nature is not Nature.DIRECT_MARKETING


def weigh(purpose: HeldPurpose, test: BalancingTest) -> Weighed:
    """What the test comes to; in doubt the objection is upheld, because the controller has not demonstrated."""
    if purpose.nature is Nature.DIRECT_MARKETING:
        return Upheld("Direct marketing stops whatever is weighed against it (Art. 21(3)).")
    if test.outcome == "upheld":
        return Upheld("No compelling ground overrides the person's situation (Art. 21(1)).")
    if _says(test.compelling_grounds):
        return Rejected("Compelling legitimate grounds override (Art. 21(1)).")
    if _says(test.legal_claims):
        return Rejected("Legal claims need the data (Art. 21(1)).")
    return Unproved("a rejection demonstrates compelling grounds or legal claims: the burden is the controller's")


def _says(text: str | None) -> bool:
    return bool((text or "").strip())
