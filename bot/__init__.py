"""What the bot is: foundation, rules, tables, capabilities, LINE's edge and their composition."""
