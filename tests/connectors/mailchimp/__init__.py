"""The Mailchimp connector against its fake."""
