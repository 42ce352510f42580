"""The peer of `entaku bench intake`: line-bot-sdk's own Flask echo as its README shows it.

Its reply call is taken out (performance.md 1: both sides answer the webhook and no more).
"""

from __future__ import annotations

import os
from typing import Any

from flask import Flask, abort, request
from linebot.v3 import WebhookHandler
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi
from linebot.v3.webhooks import MessageEvent, TextMessageContent

app = Flask(__name__)
configuration = Configuration(access_token="unused")
handler = WebhookHandler(os.environ["PEER_SECRET"])


@app.route("/callback", methods=["POST"])
def callback() -> str:
    signature = request.headers["X-Line-Signature"]
    body = request.get_data(as_text=True)
    try:
        handler.handle(body, signature)
    except InvalidSignatureError:
        abort(400)
    return "OK"


@handler.add(MessageEvent, message=TextMessageContent)  # type: ignore[untyped-decorator]
def handle_message(_event: Any) -> None:
    with ApiClient(configuration) as api_client:
        MessagingApi(api_client)
