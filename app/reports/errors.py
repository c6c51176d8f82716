"""What a report refuses."""

from app.errors import BadRequest


class QuarterAhead(BadRequest):
    code, title = "quarter-ahead", "The quarter has not begun yet"
