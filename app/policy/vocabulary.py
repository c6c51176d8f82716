"""The regulation's own words, as the values that are stored and sent. "Article" means GDPR (EU) 2016/679."""

from enum import StrEnum


class Right(StrEnum):
    """What a person may ask for: Articles 15 to 18, 20, 21(1), 21(2) and 7(3)."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    MARKETING_BAN = "marketing_ban"
    CONSENT_WITHDRAWAL = "consent_withdrawal"


class Nature(StrEnum):
    """What a purpose is for, which decides the rules that reach it (Article 5(1)(b))."""

    SERVICE = "service"
    DIRECT_MARKETING = "direct_marketing"
    ACCOUNTING = "accounting"
    LEGAL_CLAIMS = "legal_claims"
    SUBJECT_RIGHTS = "subject_rights"


class Telling(StrEnum):
    """What a person must have been told before a purpose is served for them."""

    PURPOSE = "purpose"
    """The purpose itself, before it starts (Art. 13(3), 14(4))."""
    RIGHT_TO_OBJECT = "right_to_object"
    """The right to object to it, clearly and separately, at the first communication (Art. 21(4))."""


class LegalBasis(StrEnum):
    """Article 6(1): why processing is lawful."""

    CONSENT = "6(1)(a)"
    CONTRACT = "6(1)(b)"
    LEGAL_OBLIGATION = "6(1)(c)"
    VITAL_INTERESTS = "6(1)(d)"
    PUBLIC_TASK = "6(1)(e)"
    LEGITIMATE_INTERESTS = "6(1)(f)"


class Channel(StrEnum):
    """Where a message reaches a person; a marketing ban and a consent may concern one of them."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    POST = "post"


class Material(StrEnum):
    """Classes of accounting material whose statutory periods differ; only the accountant sets `ledger`."""

    VOUCHER = "voucher"
    LEDGER = "ledger"
    OSS = "oss"
    UNCLASSIFIED = "unclassified"


class ErasureGround(StrEnum):
    """Article 17(1): why data must be erased."""

    NO_LONGER_NECESSARY = "17(1)(a)"
    CONSENT_WITHDRAWN = "17(1)(b)"
    OBJECTION = "17(1)(c)"
    UNLAWFUL_PROCESSING = "17(1)(d)"
    LEGAL_OBLIGATION = "17(1)(e)"
    CHILD = "17(1)(f)"


class Unlawfulness(StrEnum):
    """What was found unlawful (Article 17(1)(d)); records that are missing make nothing unlawful (C-60/22)."""

    NO_BASIS = "no_basis"
    OUTSIDE_THE_LIST = "outside_the_list"
    KEPT_TOO_LONG = "kept_too_long"
    SPECIAL_CATEGORY = "special_category"
    OTHER_PRINCIPLE = "other_principle"
    RECORDS_MISSING = "records_missing"


class ErasureException(StrEnum):
    """Article 17(3): why data may nevertheless stay, to the extent necessary."""

    EXPRESSION = "17(3)(a)"
    LEGAL_OBLIGATION = "17(3)(b)"
    PUBLIC_HEALTH = "17(3)(c)"
    ARCHIVING = "17(3)(d)"
    LEGAL_CLAIMS = "17(3)(e)"


class RestrictionGround(StrEnum):
    """Article 18(1), and two grounds of this register.

    `retention` marks rows kept under Article 17(3); `erasure_pending` covers everything of a person between
    the decision to erase and its execution.
    """

    ACCURACY_CONTESTED = "18(1)(a)"
    ERASURE_OPPOSED = "18(1)(b)"
    PERSONS_CLAIM = "18(1)(c)"
    OBJECTION_PENDING = "18(1)(d)"
    RETENTION = "retention"
    ERASURE_PENDING = "erasure_pending"
