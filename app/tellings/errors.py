"""What the record of tellings refuses."""

from app.errors import Unprocessable


class TellingInvalid(Unprocessable):
    code, title = "telling-invalid", "The telling cannot be recorded"
