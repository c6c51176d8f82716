"""What Mailchimp tells the register, and what the register puts there."""
