"""What the bot knows: packs, search, language, dates, phrases. No database, network or globals."""
