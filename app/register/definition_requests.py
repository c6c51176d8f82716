"""How the controller handles requests, as far as the law leaves it a choice."""

from app.policy.four_eyes import FourEyes
from app.register.definition_base import Stated


class SubjectRequests(Stated):
    """Choices about requests of data subjects; each has a default that asks for nothing extra."""

    four_eyes: FourEyes = FourEyes.NONE
