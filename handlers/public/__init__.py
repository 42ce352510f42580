"""Pages for residents without LINE."""
