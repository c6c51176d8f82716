"""What goes on after a consent has been withdrawn: the other bases of Article 6(1), holding by holding (7(3), F53)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.policy.holdings import Holding
from app.policy.vocabulary import LegalBasis


@dataclass(frozen=True, slots=True)
class OtherBasis:
    """A purpose that still uses a holding, and what it rests on."""

    holding: str
    purpose: str
    basis: LegalBasis


def other_bases(holdings: Iterable[Holding], given: Collection[str]) -> tuple[OtherBasis, ...]:
    """Every purpose of every holding that rests on something else, or on a consent that is still `given`."""
    return tuple(
        OtherBasis(holding.id, purpose.code, purpose.basis)
        for holding in holdings
        for purpose in holding.purposes
        if purpose.basis is not LegalBasis.CONSENT or purpose.code in given
    )
