"""The simulator against LINE's official description: what it answers, and what both refuse."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from bot.simulator.api import ROUTES
from tests.simulator.conftest import Bot, Line, text_message
from tests.simulator.test_checks import BAD
from tests.simulator.test_richmenus import SAY, make_menu, menu
from tests.support.line_spec import find_path, load_spec, validate_request, validate_response

pytestmark = pytest.mark.shared
MESSAGE = "/v2/bot/message"


def test_every_route_is_in_the_description():
    paths = load_spec()["paths"]
    assert [r.operation for r in ROUTES if r.method.lower() not in paths.get(r.template, {})] == []


def test_every_answer_fits_the_description(line: Line, bot: Bot):
    user = line.friend()
    menu_id = make_menu(line, SAY)
    group = line.control("fuji/groups", {"members": 4})["groupId"]
    messages = [text_message("a"), {"type": "sticker", "packageId": "446", "stickerId": "1988"}]
    calls: list[tuple[str, str, Any]] = [
        ("POST", f"{MESSAGE}/reply", {"replyToken": bot.token(), "messages": messages}),
        ("POST", f"{MESSAGE}/reply", {"replyToken": "no", "messages": messages}),
        ("POST", f"{MESSAGE}/push", {"to": user, "messages": messages}),
        ("POST", f"{MESSAGE}/multicast", {"to": [user], "messages": messages}),
        ("POST", f"{MESSAGE}/multicast", {"to": [user], "messages": []}),
        ("POST", f"{MESSAGE}/validate/push", {"messages": messages}),
        ("GET", f"{MESSAGE}/quota", None),
        ("GET", f"{MESSAGE}/quota/consumption", None),
        ("GET", f"{MESSAGE}/123/content", None),
        ("GET", f"/v2/bot/profile/{user}", None),
        ("GET", "/v2/bot/info", None),
        ("GET", "/v2/bot/channel/webhook/endpoint", None),
        ("PUT", "/v2/bot/channel/webhook/endpoint", {"endpoint": bot.url}),
        ("POST", "/v2/bot/channel/webhook/test", {}),
        ("POST", "/v2/bot/chat/loading/start", {"chatId": user}),
        ("GET", f"/v2/bot/group/{group}/summary", None),
        ("GET", f"/v2/bot/group/{group}/members/count", None),
        ("POST", f"/v2/bot/group/{group}/leave", None),
        ("GET", f"/v2/bot/group/{group}/members/count", None),
        ("POST", "/v2/bot/richmenu", menu(SAY)),
        ("POST", "/v2/bot/richmenu/validate", menu(SAY)),
        ("GET", "/v2/bot/richmenu/list", None),
        ("GET", f"/v2/bot/richmenu/{menu_id}", None),
        ("POST", f"/v2/bot/user/all/richmenu/{menu_id}", None),
        ("GET", "/v2/bot/user/all/richmenu", None),
        ("POST", f"/v2/bot/user/{user}/richmenu/{menu_id}", None),
        ("GET", f"/v2/bot/user/{user}/richmenu", None),
        ("POST", "/v2/bot/richmenu/bulk/link", {"richMenuId": menu_id, "userIds": [user]}),
        ("POST", "/v2/bot/richmenu/bulk/unlink", {"userIds": [user]}),
        ("DELETE", f"/v2/bot/user/{user}/richmenu", None),
        ("DELETE", "/v2/bot/user/all/richmenu", None),
        ("DELETE", f"/v2/bot/richmenu/{menu_id}", None),
    ]
    used = set()
    for method, path, body in calls:
        keyed = path.endswith(("/push", "/multicast")) and "validate" not in path
        answer = line.call(method, path, body, str(uuid.uuid4()) if keyed else None)
        used.add((method, find_path(path)))
        assert answer.headers["x-line-request-id"]
        assert validate_response(method, path, answer.status_code, answer.json()) == [], (method, path, answer.text)
    not_json = {"/v2/bot/richmenu/{richMenuId}/content"}
    same = {f"{MESSAGE}/validate/{kind}" for kind in ("reply", "multicast", "narrowcast", "broadcast")}
    assert {(r.method, r.template) for r in ROUTES if r.template not in not_json | same} == used


@pytest.mark.parametrize("name", ["no text", "an unknown kind", "fourteen quick replies", "postback data too long",
                                  "an unknown component", "an unknown field", "a button without action", "a box without layout"])  # fmt: skip
def test_what_the_description_refuses_the_simulator_refuses(name: str):
    """BAD's other rows are limits that stand only in prose."""
    assert validate_request("POST", f"{MESSAGE}/validate/push", {"messages": [BAD[name][0]]}) != []
