"""Read an account's bookings."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from app.connectors.digitalbooker import Bookings, DigitalBookerConfig
from app.deps import Services
from app.digitalbooker.bookings import BookingsTaken
from app.polling.changes import changed
from app.polling.marks import Mark, after_page
from app.polling.service import Fetched, Reading, Record, Stream, read
from app.register.versions import Registers


async def poll(
    served: Services, registers: Registers, recipient: str, config: DigitalBookerConfig, bookings: Bookings
) -> list[Reading]:
    """Read bookings; raises `PollRunning` while another process does."""
    return [await read(served, registers, stream(recipient, config, bookings))]


def stream(recipient: str, config: DigitalBookerConfig, bookings: Bookings) -> Stream:
    """The list of bookings."""
    place = bookings.place

    async def fetch(mark: Mark) -> Fetched:
        if place.updated is None:
            page = await bookings.page(mark.page, None)
            return Fetched(page.records, after_page(mark, None, is_last=page.is_last), page.is_last)
        return await changed(mark, bookings.page, place.fields["id"], place.updated, ZoneInfo(place.time_zone))

    return Stream(
        recipient,
        "bookings",
        config.system,
        fetch,
        _never,
        lambda connection, op, records: BookingsTaken(connection, op, config.system, place).take(records),
        timedelta(minutes=place.overlap_minutes),
    )


async def _never(_its_id: str) -> Record | None:
    """Nothing hints at single bookings."""
    return None
