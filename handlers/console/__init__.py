"""The staff console: server-rendered pages at /console. Views parse a form, call a service, redirect."""

from handlers.console.blueprint import register

__all__ = ["register"]
