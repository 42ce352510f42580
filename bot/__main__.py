"""`python -m bot` is `entaku`."""

from bot.cli import main

main()
