"""One module per conversation with residents."""
