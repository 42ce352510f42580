"""The control calls below /_sim: users' phones, inboxes, counters, faults, time (surface.md lists them)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from . import groups, people, residents, views
from .faults import parse_fault
from .http import Request, Response
from .people import NoSuchButtonError
from .rawhooks import send_raw
from .records import Channel, User
from .webhooks import Done
from .world import World

CHANNEL_FIELDS = {f.name: f.type for f in fields(Channel)}
SWITCHES = {"redelivery": bool, "duplicate": int, "shuffle": bool, "batch": int, "down": bool}

Params = dict[str, str]


class ControlError(Exception):
    """A control call that cannot be done; `status` 404 for what does not exist, 400 for what makes no sense."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.response = Response.of({"message": message, **more}, status)


class Control:
    """Answers /_sim."""

    def __init__(self, world: World) -> None:
        self._world = world
        c = r"/_sim/(?P<channel>[^/]+)"
        u = c + r"/users/(?P<user>[^/]+)"
        table: list[tuple[str, str, Callable[[Request, Params], Any]]] = [
            ("GET", r"/_sim/config", self._config),
            ("GET", r"/_sim/channels", self._channels),
            ("GET", r"/_sim/counters", lambda _r, _p: views.counters(world, None)),
            ("GET", r"/_sim/violations", lambda _r, _p: list(world.watch.found)),
            ("GET", r"/_sim/unimplemented", lambda _r, _p: list(world.counters.unimplemented)),
            ("GET", r"/_sim/starts", self._starts),
            ("GET", r"/_sim/clock", lambda _r, _p: {"now": world.clock.now().isoformat()}),
            ("POST", r"/_sim/clock", self._advance),
            ("GET", r"/_sim/faults", lambda _r, _p: world.faults.listed()),
            ("POST", r"/_sim/faults", self._add_fault),
            ("DELETE", r"/_sim/faults", self._clear_faults),
            ("PUT", r"/_sim/limits", self._limits),
            ("POST", r"/_sim/reset", self._reset),
            ("PUT", c, self._put_channel),
            ("GET", c + "/counters", lambda _r, p: views.counters(world, self._channel(p).id)),
            ("POST", c + "/webhook", self._switch),
            ("POST", c + "/raw", lambda r, p: send_raw(world, self._channel(p), r.body).json()),
            ("GET", c + "/users", lambda _r, p: views.users(world, self._channel(p))),
            ("POST", c + "/users", self._add_users),
            ("GET", c + "/inbox", self._marker),
            ("GET", c + r"/inbox/(?P<user>[^/]+)", lambda _r, p: views.inbox(world, self._user(p))),
            ("GET", c + r"/chat/(?P<user>[^/]+)", self._chat),
            ("GET", c + r"/screen/(?P<user>[^/]+)", lambda _r, p: views.screen(world, self._user(p))),
            ("GET", c + r"/richmenu/(?P<user>[^/]+)", lambda _r, p: views.rich_menu(world, self._user(p))),
            ("GET", c + r"/richmenu-image/(?P<menu>[^/]+)", self._menu_image),
            ("GET", c + "/traffic", self._traffic),
            ("GET", c + "/events", self._events),
            ("POST", c + "/groups", self._invite),
            ("POST", c + r"/groups/(?P<user>[^/]+)/say", self._group_says),
            ("POST", c + r"/groups/(?P<user>[^/]+)/leave", self._group_leaves),
            ("POST", c + "/neighbours", self._neighbours),
            ("POST", c + "/neighbours/answer", self._neighbours_answer),
            ("POST", u + "/(?P<verb>[a-z]+)", self._do),
        ]
        self._table = [(method, re.compile(pattern + r"\Z"), act) for method, pattern, act in table]

    def handle(self, request: Request) -> Response:
        """The answer to one control call; what is wrong with it is said in words."""
        for method, pattern, act in self._table:
            found = pattern.match(request.path) if method == request.method else None
            if found is None:
                continue
            try:
                answer = act(request, found.groupdict())
            except ControlError as error:
                return error.response
            except NoSuchButtonError as error:
                return Response.of({"message": "no such label on the screen", "labels": error.labels}, 404)
            except (ValueError, TypeError, KeyError) as error:
                return Response.of({"message": f"the control call makes no sense: {error!r}"}, 400)
            return answer if isinstance(answer, Response) else Response.of(answer)
        return Response.of({"message": f"no control call {request.method} {request.path}"}, 404)

    # -- finding things ----------------------------------------------------------------------------

    def _channel(self, params: Params) -> Channel:
        channel = self._world.state.channels.get(params["channel"])
        if channel is None:
            known = sorted(self._world.state.channels)
            raise ControlError(404, f"no channel {params['channel']}; there are: {', '.join(known) or 'none'}")
        return channel

    def _user(self, params: Params) -> User:
        user = self._world.state.user(self._channel(params).id, params["user"])
        if user is None:
            raise ControlError(404, f"channel {params['channel']} has no user {params['user']}")
        return user

    @staticmethod
    def _body(request: Request) -> dict[str, Any]:
        body = request.json()
        if not isinstance(body, dict):
            raise ControlError(400, "the body must be a JSON object")
        return body

    # -- the whole simulator -----------------------------------------------------------------------

    def _config(self, _request: Request, _params: Params) -> Any:
        channels = [{"id": c.id, "name": c.name} for c in self._world.state.channels.values()]
        return {"publicUrl": self._world.public_url, "productUrl": self._world.product_url, "channels": channels}

    def _channels(self, _request: Request, _params: Params) -> Any:
        hidden = {"secret", "token"}
        return [
            {name: value for name, value in asdict(c).items() if name not in hidden}
            for c in self._world.state.channels.values()
        ]

    def _starts(self, request: Request, _params: Params) -> Any:
        return {"starts": list(self._world.counters.starts.get(request.query.get("operation", ""), []))}

    def _advance(self, request: Request, _params: Params) -> Any:
        seconds = float(self._body(request)["advance_s"])
        if seconds < 0:
            raise ControlError(400, "time does not run backwards: advance_s must not be negative")
        world = self._world
        with world.state.lock:
            offset = world.clock.offset + seconds
            world.state.store.write(("INSERT OR REPLACE INTO meta VALUES ('offset', ?)", (repr(offset),)))
            world.clock.set(offset)
            world.state.changed.notify_all()
        return {"now": world.clock.now().isoformat()}

    def _add_fault(self, request: Request, _params: Params) -> Any:
        self._world.faults.add(parse_fault(request.json()))
        return {"faults": self._world.faults.listed()}

    def _clear_faults(self, _request: Request, _params: Params) -> Any:
        self._world.faults.clear()
        return {"faults": []}

    def _limits(self, request: Request, _params: Params) -> Any:
        body = self._body(request)
        self._world.limiter.scale = float(body.get("scale", self._world.limiter.scale))
        self._world.watch.strict_rate = bool(body.get("strict", self._world.watch.strict_rate))
        self._world.limiter.reset()
        return {"scale": self._world.limiter.scale, "strict": self._world.watch.strict_rate}

    def _reset(self, _request: Request, _params: Params) -> Any:
        self._world.reset()
        return {}

    # -- one channel -------------------------------------------------------------------------------

    def _put_channel(self, request: Request, params: Params) -> Any:
        body = self._body(request)
        unknown = sorted(body.keys() - CHANNEL_FIELDS.keys())
        if unknown:
            raise ControlError(400, f"a channel has no {', '.join(unknown)}")
        with self._world.state.lock:
            put_channel(self._world, {**body, "id": params["channel"]})
        return {"id": params["channel"]}

    def _switch(self, request: Request, params: Params) -> Any:
        channel, body = self._channel(params), self._body(request)
        with self._world.state.lock:
            for name, kind in SWITCHES.items():
                if name in body:
                    setattr(channel, name, kind(body[name]))
            self._world.state.put_channel(channel)
        return {name: getattr(channel, name) for name in SWITCHES}

    def _add_users(self, request: Request, params: Params) -> Any:
        return residents.add_users(self._world, self._channel(params), self._body(request))

    def _marker(self, request: Request, params: Params) -> Any:
        marker = request.query.get("marker", "")
        if not marker:
            raise ControlError(400, "say which text to look for: ?marker=TEXT")
        return views.copies(self._world, self._channel(params), marker)

    def _chat(self, request: Request, params: Params) -> Any:
        return views.chat(self._world, self._user(params), int(request.query.get("after") or 0))

    def _menu_image(self, _request: Request, params: Params) -> Response:
        menu = self._world.state.menus.get(params["menu"])
        if menu is None or menu.image is None or menu.channel != self._channel(params).id:
            raise ControlError(404, "no such picture")
        return Response(200, menu.image, menu.kind, {"cache-control": "max-age=3600"})

    def _traffic(self, request: Request, params: Params) -> Any:
        return self._world.counters.traffic_after(self._channel(params).id, int(request.query.get("after") or 0))

    def _events(self, request: Request, params: Params) -> Any:
        return views.events(self._world, self._channel(params), int(request.query.get("after") or 0))

    def _invite(self, request: Request, params: Params) -> Any:
        return groups.invite(self._world, self._channel(params), self._body(request))

    def _group_says(self, request: Request, params: Params) -> Any:
        return groups.say(self._world, self._channel(params), self._user(params), self._body(request)).json()

    def _group_leaves(self, _request: Request, params: Params) -> Any:
        return groups.remove(self._world, self._channel(params), self._user(params)).json()

    def _neighbours(self, request: Request, params: Params) -> Any:
        body = self._body(request)
        count = int(body.get("count", 12))
        return residents.neighbours(self._world, self._channel(params), str(body["district"]), count)

    def _neighbours_answer(self, request: Request, params: Params) -> Any:
        district = str(self._body(request).get("district") or "")
        return residents.neighbours_answer(self._world, self._channel(params), district)

    # -- one user ----------------------------------------------------------------------------------

    def _do(self, request: Request, params: Params) -> Any:
        world, channel, user, body = self._world, self._channel(params), self._user(params), self._body(request)
        verb = params["verb"]
        acts: dict[str, Callable[[], Done | dict[str, Any]]] = {
            "follow": lambda: people.follow(world, channel, user, unblocked=user.blocked),
            "block": lambda: people.block(world, channel, user),
            "unblock": lambda: people.follow(world, channel, user, unblocked=True),
            "say": lambda: people.say(world, channel, user, str(body["text"])),
            "tap": lambda: people.tap(world, channel, user, str(body["label"]), body),
            "postback": lambda: people.postback(
                world, channel, user, str(body["data"]), body.get("params"), shown=str(body.get("displayText") or "")
            ),
            "sticker": lambda: people.sticker(world, channel, user, body),
            "location": lambda: people.location(world, channel, user, body),
            "unsend": lambda: people.unsend(world, channel, user, str(body["messageId"])),
        }
        if verb in ("image", "video", "audio", "file"):
            return people.media(world, channel, user, verb, body).json()
        if verb not in acts:
            raise ControlError(404, f"a user cannot {verb}")
        done = acts[verb]()
        return done if isinstance(done, dict) else done.json()


def put_channel(world: World, facts: dict[str, Any]) -> None:
    """Creates or changes a channel; what is not named stays as it was."""
    before = world.state.channels.get(facts["id"])
    merged = {**(asdict(before) if before else {}), **facts}
    channel = Channel(**{name: value for name, value in merged.items() if name in CHANNEL_FIELDS})
    if not channel.botUserId:
        raise ValueError("a channel needs botUserId, secret, token and webhook")
    if before is not None:
        for name in CHANNEL_FIELDS:
            setattr(before, name, getattr(channel, name))
        channel = before
    world.state.put_channel(channel)


def load_channels(world: World, text: str) -> None:
    """The channels of a channels file (a JSON list). Raises ValueError."""
    listed = json.loads(text)
    if not isinstance(listed, list) or not all(isinstance(row, dict) and row.get("id") for row in listed):
        raise ValueError('the channels file must hold a list of {"id", "name", "secret", "token", "botUserId", ...}')
    with world.state.lock:
        for row in listed:
            put_channel(world, row)
