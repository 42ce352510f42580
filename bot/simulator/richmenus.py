"""Rich menus: create, check, picture, link, default (line-platform.md 3 and line-flex.md 9)."""

from __future__ import annotations

import secrets
import struct
from typing import Any

from .actions import check_action
from .call import Call, RefusalError
from .checks import Report, text_between, whole
from .http import Response
from .messages import refusal_text
from .records import Menu, User
from .sending import USER_ID
from .world import World

MAX_AREAS = 20
MAX_MENUS = 1000
MAX_BULK = 500
MAX_IMAGE = 1024 * 1024
MIN_RATIO = 1.45
KINDS = ("image/png", "image/jpeg")


def check_menu(_world: World, call: Call) -> None:
    """The rich menu object's limits."""
    report, body = Report(), call.body
    size = body.get("size")
    if not isinstance(size, dict) or not _fits(size):
        report.add("size", "width 800 to 2500, height at least 250, width / height at least 1.45")
    if not isinstance(body.get("selected"), bool):
        report.add("selected", "May not be empty")
    for name, most in (("name", 300), ("chatBarText", 14)):
        inner = Report()
        text_between(inner, body, name, "", most=most, by_grapheme=True)
        for detail in inner.details:
            report.add(name, detail["message"])
    areas = body.get("areas")
    if not isinstance(areas, list) or len(areas) > MAX_AREAS:
        report.add("areas", f"Size must be between 0 and {MAX_AREAS}")
    for position, area in enumerate(areas if isinstance(areas, list) else ()):
        _check_area(report, area, size, f"areas[{position}]")
    if report.details:
        raise RefusalError(400, refusal_text(None, len(report.details)), report.details)


def _fits(size: dict[str, Any]) -> bool:
    width, height = size.get("width"), size.get("height")
    return whole(width, 800, 2500) and whole(height, 250, 2500) and width / height >= MIN_RATIO  # type: ignore[operator]


def _check_area(report: Report, area: Any, size: Any, where: str) -> None:
    bounds = area.get("bounds") if isinstance(area, dict) else None
    if not isinstance(bounds, dict):
        report.add(f"{where}.bounds", "May not be empty")
        return
    least = {"x": 0, "y": 0, "width": 1, "height": 1}
    if not all(whole(bounds.get(name), low, 2**31 - 1) for name, low in least.items()):
        report.add(f"{where}.bounds", "x, y, width and height must be numbers")
    elif isinstance(size, dict) and _fits(size):
        right, below = bounds["x"] + bounds["width"], bounds["y"] + bounds["height"]
        if right > size["width"] or below > size["height"]:
            report.add(f"{where}.bounds", "must lie inside the menu (assumption)")
    check_action(report, area.get("action"), f"{where}.action", "rich_menu")


def validate_menu(_world: World, _call: Call) -> Response:
    return Response.of({})


def create_menu(world: World, call: Call) -> Response:
    with world.state.lock:
        if sum(1 for menu in world.state.menus.values() if menu.channel == call.channel.id) >= MAX_MENUS:
            raise RefusalError(400, f"The number of rich menus exceeds the limit of {MAX_MENUS}")
        menu = Menu("richmenu-" + secrets.token_hex(16), call.channel.id, call.body)
        world.state.put_menu(menu)
    return Response.of({"richMenuId": menu.id})


def _menu(world: World, call: Call, menu_id: str, *, with_image: bool = False) -> Menu:
    menu = world.state.menus.get(menu_id)
    if menu is None or menu.channel != call.channel.id:
        raise RefusalError(404, "richmenu not found")
    if with_image and menu.image is None:
        raise RefusalError(400, "must upload richmenu image before applying it to user")
    return menu


def as_json(menu: Menu) -> dict[str, Any]:
    """The menu as LINE gives it back."""
    return {"richMenuId": menu.id, **menu.body}


def get_menu(world: World, call: Call) -> Response:
    return Response.of(as_json(_menu(world, call, call.params["richMenuId"])))


def list_menus(world: World, call: Call) -> Response:
    mine = [as_json(menu) for menu in world.state.menus.values() if menu.channel == call.channel.id]
    return Response.of({"richmenus": mine})


def delete_menu(world: World, call: Call) -> Response:
    with world.state.lock:
        menu = _menu(world, call, call.params["richMenuId"])
        world.state.drop_menu(menu)
        if call.channel.default_menu == menu.id:
            call.channel.default_menu = ""
            world.state.put_channel(call.channel)
        _link(world, [user for user in world.state.members[call.channel.id] if user.menu == menu.id], "")
    return Response.of({})


def put_image(world: World, call: Call) -> Response:
    """The picture: PNG or JPEG, the menu's very size, at most 1 MB, once."""
    image, kind = call.request.body, call.request.headers.get("content-type", "").split(";")[0].strip().lower()
    with world.state.lock:
        menu = _menu(world, call, call.params["richMenuId"])
        if menu.image is not None:
            raise RefusalError(400, "An image has already been uploaded to the richmenu")
        if kind not in KINDS:
            raise RefusalError(415, f"The content type, {kind or 'none'}, is not supported")
        if len(image) > MAX_IMAGE:
            raise RefusalError(413, "The image is larger than 1 MB")
        found = _png_size(image) if kind == "image/png" else _jpeg_size(image)
        if found != (menu.body["size"]["width"], menu.body["size"]["height"]):
            raise RefusalError(400, "The image size does not match the size of the rich menu")
        menu.image, menu.kind = image, kind
        world.state.put_menu(menu)
    return Response.of({})


def _png_size(data: bytes) -> tuple[int, int] | None:
    if data[:8] != b"\x89PNG\r\n\x1a\n" or len(data) < 24:
        return None
    wide, high = struct.unpack(">II", data[16:24])
    return wide, high


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 2 + length
    return None


def get_image(world: World, call: Call) -> Response:
    menu = _menu(world, call, call.params["richMenuId"])
    if menu.image is None:
        raise RefusalError(404, "Not found")
    return Response(200, menu.image, menu.kind)


def set_default(world: World, call: Call) -> Response:
    with world.state.lock:
        call.channel.default_menu = _menu(world, call, call.params["richMenuId"], with_image=True).id
        world.state.put_channel(call.channel)
    return Response.of({})


def get_default(_world: World, call: Call) -> Response:
    if not call.channel.default_menu:
        raise RefusalError(404, "no default richmenu")
    return Response.of({"richMenuId": call.channel.default_menu})


def cancel_default(world: World, call: Call) -> Response:
    with world.state.lock:
        call.channel.default_menu = ""
        world.state.put_channel(call.channel)
    return Response.of({})


def _link(world: World, users: list[User], menu_id: str) -> None:
    for user in users:
        user.menu = menu_id
    world.state.store.write(*(world.state.save_user(user) for user in users))
    world.state.changed.notify_all()


def _user(world: World, call: Call) -> User:
    user_id = call.params["userId"]
    if not USER_ID.match(user_id):
        raise RefusalError(400, "The value for the 'userId' parameter is invalid")
    user = world.state.user(call.channel.id, user_id)
    if user is None:
        raise RefusalError(404, "Not found")
    return user


def link_user(world: World, call: Call) -> Response:
    """200 also for people who are no friends."""
    with world.state.lock:
        menu = _menu(world, call, call.params["richMenuId"], with_image=True)
        _link(world, [_user(world, call)], menu.id)
    return Response.of({})


def unlink_user(world: World, call: Call) -> Response:
    with world.state.lock:
        _link(world, [_user(world, call)], "")
    return Response.of({})


def get_user_menu(world: World, call: Call) -> Response:
    user = _user(world, call)
    if not user.menu:
        raise RefusalError(404, "the user has no richmenu")
    return Response.of({"richMenuId": user.menu})


def check_bulk(_world: World, call: Call) -> None:
    ids = call.body.get("userIds")
    report = Report()
    if not isinstance(ids, list) or not 1 <= len(ids) <= MAX_BULK:
        report.add("userIds", f"Size must be between 1 and {MAX_BULK}")
    elif not all(isinstance(user_id, str) and USER_ID.match(user_id) for user_id in ids):
        report.add("userIds", "must be user IDs")
    if call.operation.endswith("/link") and not isinstance(call.body.get("richMenuId"), str):
        report.add("richMenuId", "May not be empty")
    if report.details:
        raise RefusalError(400, refusal_text(None, len(report.details)), report.details)


def _bulk_users(world: World, call: Call) -> list[User]:
    found = [world.state.user(call.channel.id, user_id) for user_id in call.body["userIds"]]
    return [user for user in found if user is not None]


def link_users(world: World, call: Call) -> Response:
    """202; LINE does it in the background, here it is done at once."""
    with world.state.lock:
        menu = _menu(world, call, call.body["richMenuId"], with_image=True)
        _link(world, _bulk_users(world, call), menu.id)
    return Response.of({}, 202)


def unlink_users(world: World, call: Call) -> Response:
    with world.state.lock:
        _link(world, _bulk_users(world, call), "")
    return Response.of({}, 202)
