"""What reacts to people: the webhook, the chat, the console and the public pages."""
