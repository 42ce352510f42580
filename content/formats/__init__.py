"""Files of others: bytes to our records and back, pure."""
