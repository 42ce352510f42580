"""LINE in a box: the Messaging API, the webhook sender, its users' phones, and the rules of a careful client.

A process of its own (`entaku simulator`), persistent as LINE is, or a fixture (`bot.simulator.server`).
It knows nothing of the product: it imports nothing of ours and learns only what LINE would learn.
Rules marked (assumption) are ours where LINE's documents are silent.
"""
