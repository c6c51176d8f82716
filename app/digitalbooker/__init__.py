"""What the booking system DigitalBooker knows, read into the register: bookings and who made them."""
