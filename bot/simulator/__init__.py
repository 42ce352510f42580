"""LINE in a box: Messaging API, webhook sender and phone page. Imports nothing of ours."""
