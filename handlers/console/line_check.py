"""What LINE says of a channel: its account, whether its webhook arrives here, and in plain words what to mend.

No transaction may be open: every function here calls LINE.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from bot.line.client import Answer, LineClient, Outcome
from handlers.console.access import context

ENDPOINT: Final = "/v2/bot/channel/webhook/endpoint"
TEST: Final = "/v2/bot/channel/webhook/test"
NO_ANSWER: Final = (
    "LINEから返事がありません。何も保存していません。"
    "このサーバーからインターネットに出られるか確かめて、もう一度押してください。"
)
REFUSED: Final = (
    "LINEが、このアクセストークンを受け付けません。「Messaging API設定」のいちばん下の"
    "「チャネルアクセストークン(長期)」を、全部写したか確かめてください。見つからないときは「発行」を押します。"
)
NOT_TAKEN: Final = (
    "Webhookの住所({url})を、LINEが受け付けませんでした。設定 ENTAKU_PUBLIC_URL が、https:// で始まる公開の住所か、"
    "サーバーの担当者に確かめてもらってください。"
)
SWITCHED_OFF: Final = (
    "「Webhookの利用」がオフです。LINE Developersの「Messaging API設定」でオンにして、"
    "「もう一度確かめる」を押してください。"
)
# How LINE's own try came out (its status code or `reason`), and what to do.
REASONS: Final = {
    "COULD_NOT_CONNECT": "LINEから、このサーバーに届きません。{url} がインターネットから開けるか、証明書が正しいか、"
    "手前のプロキシが動いているかを、サーバーの担当者に確かめてもらってください。",
    "REQUEST_TIMEOUT": "このサーバーの返事が2秒より遅れました。プロセスが動いているかを確かめて、"
    "もう一度ためしてください。",
    "401": "届きましたが、合いことばが違います。チャネルシークレットを、もう一度写してください。"
    "写し直したばかりのときは、30秒待ってから、もう一度ためしてください。",
    "404": "届きましたが、{url} が見つかりません。手前のプロキシが /line/ を通しているかを確かめてください。",
}
OTHER: Final = "LINEからためすと、うまく届きませんでした(LINEの答え: {said})。少し待って、もう一度ためしてください。"


@dataclass(frozen=True)
class Checked:
    """The last check, kept as JSON in setup_progress.checked; `why` says what to mend."""

    at: str
    name: str
    basic_id: str
    chat: bool  # people answer by hand in LINE's own chat
    webhook: bool
    why: str

    def json(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)


def client() -> LineClient:
    """LINE, or what stands for it (ENTAKU_LINE_API)."""
    settings = context().settings
    return LineClient(settings.line_api, settings.line_api_data)


def address(municipality: str) -> str:
    """The webhook's address of a municipality."""
    return f"{context().settings.public_url}line/{municipality}"


def who(token: str) -> Answer:
    """Whose token this is: bot info."""
    return client().call("GET", "/v2/bot/info", token)


def webhook(token: str, url: str, info: dict[str, Any], now: datetime) -> Checked:
    """Set the webhook's address at LINE, have LINE try it, and read whether it is switched on."""
    line = client()
    put = line.call("PUT", ENDPOINT, token, {"endpoint": url})
    tried = line.call("POST", TEST, token, {"endpoint": url}) if put.outcome is Outcome.ACCEPTED else put
    hook = line.call("GET", ENDPOINT, token)
    active = isinstance(hook.data, dict) and hook.data.get("active") is True
    good = isinstance(tried.data, dict) and tried.data.get("success") is True
    why = NOT_TAKEN.format(url=url) if put.outcome is not Outcome.ACCEPTED else "" if good else _reason(tried, url)
    name, basic = str(info.get("displayName", ""))[:60], str(info.get("basicId", ""))[:40]
    why = why or ("" if active else SWITCHED_OFF)
    return Checked(now.isoformat(), name, basic, info.get("chatMode") == "chat", good and active, why)


def _reason(tried: Answer, url: str) -> str:
    said = tried.data if isinstance(tried.data, dict) else {}
    status, reason = str(said.get("statusCode", "")), str(said.get("reason", ""))
    text = REASONS.get(status) or REASONS.get(reason) or OTHER
    return text.format(url=url, said=f"{reason or tried.status or 'なし'} {status}".strip())
