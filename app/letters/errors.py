"""Refusals about letters."""

from app.errors import Conflict, NotFound, Unprocessable


class LetterNotFound(NotFound):
    code, title = "letter-not-found", "There is no such letter"


class LetterIncomplete(Unprocessable):
    code, title = "letter-incomplete", "The letter lacks what the law demands of it (Art. 12(4)), so it is not issued"


class LetterLost(NotFound):
    code, title = "letter-lost", "The letter was issued and its content went with the database; issue the answer anew"


class LetterOfBreach(Conflict):
    code, title = "letter-of-breach", "The letter answers no request; record its delivery with the breach it tells of"


class LetterDelivered(Conflict):
    code, title = "letter-delivered", "The letter has been recorded as sent"
