from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
import requests

from tests.simulator.conftest import Line

SIZE = {"width": 1200, "height": 810}


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\xff" * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def menu(*actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    areas = [{"bounds": {"x": 10 * i, "y": 0, "width": 10, "height": 10}, "action": a} for i, a in enumerate(actions)]
    return {"size": SIZE, "selected": True, "name": "menu", "chatBarText": "メニュー", "areas": areas, **more}


def upload(line: Line, menu_id: str, image: bytes, kind: str = "image/png") -> requests.Response:
    headers = {"authorization": f"Bearer {line.token}", "content-type": kind}
    url = f"{line.simulator.url}/v2/bot/richmenu/{menu_id}/content"
    return requests.post(url, image, headers=headers, timeout=5)


def make_menu(line: Line, *actions: dict[str, Any]) -> str:
    menu_id = line.call("POST", "/v2/bot/richmenu", menu(*actions)).json()["richMenuId"]
    assert upload(line, menu_id, png(**SIZE)).status_code == 200
    return menu_id


SAY = {"type": "message", "label": "聞く", "text": "聞く"}


def test_a_menu_is_made_shown_linked_and_deleted(line: Line):
    user, others = line.friend(), line.friends(3)
    menu_id = make_menu(line, SAY)
    assert line.call("GET", f"/v2/bot/richmenu/{menu_id}").json() == {"richMenuId": menu_id, **menu(SAY)}
    assert [m["richMenuId"] for m in line.call("GET", "/v2/bot/richmenu/list").json()["richmenus"]] == [menu_id]
    picture = line.call("GET", f"/v2/bot/richmenu/{menu_id}/content")
    assert (picture.headers["content-type"], picture.content) == ("image/png", png(**SIZE))

    assert line.call("GET", "/v2/bot/user/all/richmenu").status_code == 404
    assert line.call("POST", f"/v2/bot/user/all/richmenu/{menu_id}").status_code == 200
    assert line.call("GET", "/v2/bot/user/all/richmenu").json() == {"richMenuId": menu_id}
    assert line.call("POST", f"/v2/bot/user/{user}/richmenu/{menu_id}").status_code == 200
    assert line.call("GET", f"/v2/bot/user/{user}/richmenu").json() == {"richMenuId": menu_id}
    assert line.call("DELETE", f"/v2/bot/user/{user}/richmenu").status_code == 200
    assert line.call("GET", f"/v2/bot/user/{user}/richmenu").status_code == 404

    bulk = {"richMenuId": menu_id, "userIds": others}
    assert line.call("POST", "/v2/bot/richmenu/bulk/link", bulk).status_code == 202
    assert line.call("GET", f"/v2/bot/user/{others[2]}/richmenu").json() == {"richMenuId": menu_id}
    assert line.call("POST", "/v2/bot/richmenu/bulk/unlink", {"userIds": others}).status_code == 202
    assert line.call("GET", f"/v2/bot/user/{others[2]}/richmenu").status_code == 404

    shown = line.get(f"fuji/richmenu/{user}")
    assert (shown["size"], shown["chatBarText"]) == (SIZE, "メニュー")
    assert requests.get(line.simulator.url + shown["imageUrl"], timeout=5).content == png(**SIZE)
    assert line.call("DELETE", f"/v2/bot/richmenu/{menu_id}").status_code == 200
    assert line.get(f"fuji/richmenu/{user}") is None
    assert line.call("GET", f"/v2/bot/richmenu/{menu_id}").status_code == 404
    assert line.call("DELETE", "/v2/bot/user/all/richmenu").status_code == 200
    assert line.violations() == []


def test_a_menu_without_a_picture_cannot_be_shown(line: Line):
    menu_id = line.call("POST", "/v2/bot/richmenu", menu(SAY)).json()["richMenuId"]
    assert line.call("POST", f"/v2/bot/user/all/richmenu/{menu_id}").status_code == 400
    assert line.call("GET", f"/v2/bot/richmenu/{menu_id}/content").status_code == 404


@pytest.mark.parametrize(
    ("image", "kind", "status"),
    [
        (png(1200, 800), "image/png", 400),
        (png(**SIZE), "image/gif", 415),
        (b"no picture", "image/png", 400),
        (png(**SIZE) + b"\0" * 1024 * 1024, "image/png", 413),
    ],
)
def test_pictures_must_have_the_menus_size_and_a_megabyte_at_most(line: Line, image: bytes, kind: str, status: int):
    menu_id = line.call("POST", "/v2/bot/richmenu", menu(SAY)).json()["richMenuId"]
    assert upload(line, menu_id, image, kind).status_code == status
    assert upload(line, menu_id, png(**SIZE)).status_code == 200
    assert upload(line, menu_id, png(**SIZE)).status_code == 400  # not replaceable


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"size": {"width": 700, "height": 400}}, "size"),
        ({"size": {"width": 1200, "height": 1000}}, "size"),
        ({"chatBarText": "あ" * 15}, "chatBarText"),
        ({"name": ""}, "name"),
        ({"selected": "yes"}, "selected"),
        ({"areas": [{"bounds": {"x": 0, "y": 0, "width": 1, "height": 1}, "action": SAY}] * 21}, "areas"),
        ({"areas": [{"bounds": {"x": 1195, "y": 0, "width": 10, "height": 1}, "action": SAY}]}, "areas[0].bounds"),
        ({"areas": [{"bounds": {"x": 0, "y": 0, "width": 9, "height": 9}, "action": {"type": "camera", "label": "a"}}]},
         "areas[0].action.type"),
    ],
)  # fmt: skip
def test_menus_outside_the_limits_are_refused(line: Line, change: dict[str, Any], where: str):
    for path in ("/v2/bot/richmenu", "/v2/bot/richmenu/validate"):
        answer = line.call("POST", path, menu(SAY, **change))
        assert answer.status_code == 400
        assert [detail["property"] for detail in answer.json()["details"]] == [where]
    assert line.call("POST", "/v2/bot/richmenu/validate", menu(SAY)).status_code == 200
