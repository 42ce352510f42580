"""What the bot can do, one module per capability. Services take a session and the time, and never commit."""
