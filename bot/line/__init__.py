"""The only place that knows LINE."""
