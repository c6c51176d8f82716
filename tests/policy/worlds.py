"""Rules and holdings that the tests share: both profiles, a foreign rule, and strategies over them."""

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from app.policy.erasure import (
    AccountingFacts,
    ClaimsWindow,
    ErasureRequest,
    HeldPurpose,
    Holding,
    HoldingKind,
    NecessityAssessment,
    OpenMatter,
    OpenMatterKind,
    Rules,
)
from app.policy.retention import AccountingRule, AccountingRules, CountedFrom, FinancialYears
from app.policy.vocabulary import ErasureGround, LegalBasis, Material, Nature, RestrictionGround

KPL = "KPL 1336/1997"
NOTICE = AccountingRule(None, 10, CountedFrom.FINANCIAL_YEAR_END, KPL, "2:10 §")
BY_CLASS = {
    Material.VOUCHER: AccountingRule(
        Material.VOUCHER, 6, CountedFrom.CALENDAR_YEAR_OF_FINANCIAL_YEAR_END, KPL, "2:10 § 2"
    ),
    Material.LEDGER: AccountingRule(Material.LEDGER, 10, CountedFrom.FINANCIAL_YEAR_END, KPL, "2:10 § 1"),
    Material.OSS: AccountingRule(
        Material.OSS, 10, CountedFrom.CALENDAR_YEAR_OF_TRANSACTION, "Directive 2006/112/EC", "Art. 369k"
    ),
}
AS_NOTICE = AccountingRules("as_notice", NOTICE, BY_CLASS)
STATUTE = AccountingRules("by_class", NOTICE, BY_CLASS)
IRISH = AccountingRules(
    "by_class",
    NOTICE,
    {Material.VOUCHER: AccountingRule(Material.VOUCHER, 7, CountedFrom.FINANCIAL_YEAR_END, "TCA 1997", "s. 886")},
)
CALENDAR_YEARS = FinancialYears((), (12, 31))
NOTICE_RULES = Rules(AS_NOTICE, CALENDAR_YEARS)
STATUTE_RULES = Rules(STATUTE, CALENDAR_YEARS)
NEED = NecessityAssessment("Mari Helenius", "Claims about courses come within three years.", date(2036, 6, 30))
WINDOW = ClaimsWindow(3, "Vanhentumislaki 728/2003", "4 §", NEED)

ORDER = HeldPurpose("orders", Nature.SERVICE, LegalBasis.CONTRACT)
CARE = HeldPurpose("care", Nature.SERVICE, LegalBasis.LEGITIMATE_INTERESTS)
NEWSLETTER = HeldPurpose("newsletter", Nature.DIRECT_MARKETING, LegalBasis.CONSENT)
MAILING = HeldPurpose("mailing", Nature.DIRECT_MARKETING, LegalBasis.LEGITIMATE_INTERESTS)
BOOKS = HeldPurpose("accounting", Nature.ACCOUNTING, LegalBasis.LEGAL_OBLIGATION)
CLAIMS = HeldPurpose("claims", Nature.LEGAL_CLAIMS, LegalBasis.LEGITIMATE_INTERESTS)
RIGHTS = HeldPurpose("rights", Nature.SUBJECT_RIGHTS, LegalBasis.LEGAL_OBLIGATION)
PURPOSES = (ORDER, CARE, NEWSLETTER, MAILING, BOOKS, CLAIMS, RIGHTS)

ASKED = ErasureRequest(ErasureGround.NO_LONGER_NECESSARY, received_on=date(2026, 11, 22))
INVOICE = AccountingFacts(Material.VOUCHER, date(2020, 5, 10), date(2020, 5, 10), "here", None, buyer_printed=True)


def holding(
    kind: HoldingKind,
    *purposes: HeldPurpose,
    accounting: AccountingFacts | None = None,
    matters: tuple[OpenMatter, ...] = (),
    kept_since: date | None = None,
) -> Holding:
    """One holding with an id of its own."""
    return Holding(f"{kind}-1", kind, "category", purposes, accounting, matters, kept_since)


days = st.dates(date(2015, 1, 1), date(2040, 12, 31))
facts = st.builds(
    AccountingFacts,
    material=st.sampled_from(Material),
    booked_on=days,
    transaction_on=days,
    record=st.sampled_from(("here", "elsewhere")),
    holder=st.sampled_from((None, "MyCashflow")),
    buyer_printed=st.booleans(),
)
matters = st.builds(
    OpenMatter,
    kind=st.sampled_from(OpenMatterKind),
    until=st.none() | days,
    reference=st.sampled_from((None, "order 7")),
)
holding_sets = st.lists(
    st.builds(
        Holding,
        id=st.just(""),
        kind=st.sampled_from(HoldingKind),
        category=st.just("category"),
        purposes=st.lists(st.sampled_from(PURPOSES), unique=True, max_size=4).map(tuple),
        accounting=st.none() | facts,
        open_matters=st.lists(matters, max_size=2).map(tuple),
        kept_since=st.none() | days,
    ),
    max_size=5,
).map(lambda found: [replace(one, id=f"h{number}") for number, one in enumerate(found)])
requests = st.builds(
    ErasureRequest,
    ground=st.sampled_from(ErasureGround),
    received_on=days,
    restrict_instead=st.none() | st.sampled_from(RestrictionGround),
    restrict_only=st.none() | st.just(frozenset({"h0", "h2"})),
    ground_holdings=st.none() | st.just(frozenset({"h1"})),
    purposes=st.none() | st.frozensets(st.sampled_from([purpose.code for purpose in PURPOSES])),
)
rule_sets = st.builds(
    Rules,
    accounting=st.sampled_from((AS_NOTICE, STATUTE, IRISH)),
    financial_years=st.builds(FinancialYears, st.just(()), st.sampled_from(((12, 31), (6, 30), (2, 29)))),
    evidence_years=st.integers(1, 5),
    claims_window=st.sampled_from((None, WINDOW, replace(WINDOW, necessity_assessment=None))),
)
