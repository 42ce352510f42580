"""The subcommands of `entaku`, one module each; bot.cli imports a module only when its command is called."""
