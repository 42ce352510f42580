"""LINE's side of the API: the routes, and the pipeline of every request, in line-platform.md 7's order."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import accounts, groups, richmenus, sending
from .call import Call, RefusalError
from .faults import apply_fault
from .http import Request, Response
from .records import Channel
from .watch import RATE_LIMIT_TEXT
from .world import World

MAX_BODY = 2 * 1024 * 1024
RETRY_KEY = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
PREFIXES = ("/v2/", "/v3/", "/oauth2/", "/bot/", "/liff/")
NOBODY = Channel(id="")

Check = Callable[[World, Call], None]
Act = Callable[[World, Call], Response]


@dataclass(frozen=True)
class Route:
    """`keyed`: takes X-Line-Retry-Key. `binary`: its body is a file, not JSON."""

    method: str
    template: str
    act: Act
    check: Check | None = None
    keyed: bool = False
    binary: bool = False

    @property
    def operation(self) -> str:
        return f"{self.method} {self.template}"


MESSAGE, MENU = "/v2/bot/message", "/v2/bot/richmenu"
ROUTES = (
    Route("POST", f"{MESSAGE}/reply", sending.act_reply, sending.check_reply),
    Route("POST", f"{MESSAGE}/push", sending.act_push, sending.check_push, keyed=True),
    Route("POST", f"{MESSAGE}/multicast", sending.act_multicast, sending.check_multicast, keyed=True),
    *(
        Route("POST", f"{MESSAGE}/validate/{kind}", sending.act_validate, sending.check_validate)
        for kind in ("reply", "push", "multicast", "narrowcast", "broadcast")
    ),
    Route("GET", f"{MESSAGE}/quota", accounts.get_quota),
    Route("GET", f"{MESSAGE}/quota/consumption", accounts.get_consumption),
    Route("GET", MESSAGE + "/{messageId}/content", accounts.get_content),
    Route("GET", "/v2/bot/profile/{userId}", accounts.get_profile),
    Route("GET", "/v2/bot/info", accounts.get_info),
    Route("GET", "/v2/bot/channel/webhook/endpoint", accounts.get_webhook),
    Route("PUT", "/v2/bot/channel/webhook/endpoint", accounts.put_webhook, accounts.check_endpoint),
    Route("POST", "/v2/bot/channel/webhook/test", accounts.test_webhook, accounts.check_endpoint),
    Route("GET", "/v2/bot/group/{groupId}/summary", groups.get_summary),
    Route("GET", "/v2/bot/group/{groupId}/members/count", groups.get_count),
    Route("POST", "/v2/bot/group/{groupId}/leave", groups.leave),
    Route("POST", "/v2/bot/chat/loading/start", accounts.start_loading, accounts.check_loading),
    Route("POST", MENU, richmenus.create_menu, richmenus.check_menu),
    Route("POST", f"{MENU}/validate", richmenus.validate_menu, richmenus.check_menu),
    Route("GET", f"{MENU}/list", richmenus.list_menus),
    Route("POST", f"{MENU}/bulk/link", richmenus.link_users, richmenus.check_bulk),
    Route("POST", f"{MENU}/bulk/unlink", richmenus.unlink_users, richmenus.check_bulk),
    Route("POST", MENU + "/{richMenuId}/content", richmenus.put_image, binary=True),
    Route("GET", MENU + "/{richMenuId}/content", richmenus.get_image),
    Route("GET", MENU + "/{richMenuId}", richmenus.get_menu),
    Route("DELETE", MENU + "/{richMenuId}", richmenus.delete_menu),
    Route("GET", "/v2/bot/user/all/richmenu", richmenus.get_default),
    Route("DELETE", "/v2/bot/user/all/richmenu", richmenus.cancel_default),
    Route("POST", "/v2/bot/user/all/richmenu/{richMenuId}", richmenus.set_default),
    Route("GET", "/v2/bot/user/{userId}/richmenu", richmenus.get_user_menu),
    Route("DELETE", "/v2/bot/user/{userId}/richmenu", richmenus.unlink_user),
    Route("POST", "/v2/bot/user/{userId}/richmenu/{richMenuId}", richmenus.link_user),
)
NOT_IDS = frozenset({"alias", "batch", "progress", "validate"})


class Api:
    """Answers requests below LINE's paths."""

    def __init__(self, world: World) -> None:
        self._world = world
        patterns = sorted(ROUTES, key=lambda route: route.template.count("{"))
        self._routes = [(route, _pattern(route.template)) for route in patterns]

    @staticmethod
    def owns(path: str) -> bool:
        """Whether the path is one of LINE's."""
        return path.startswith(PREFIXES)

    def handle(self, request: Request) -> Response:
        """The answer to one request, faults included."""
        started = time.monotonic()
        call = self._call(request)
        route = self._match(call)
        call.operation = route.operation if route else f"{request.method} {request.path}"
        self._world.counters.called(call.channel.id, call.operation)
        answer = self._answer(call, route)
        answer.headers["x-line-request-id"] = call.request_id
        self._remember(call, answer, started)
        return answer

    def _call(self, request: Request) -> Call:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        channel = self._world.state.channel_of(token.strip()) if scheme.lower() == "bearer" else None
        return Call(request, str(uuid.uuid4()), self._world.clock.ms(), channel or NOBODY)

    def _match(self, call: Call) -> Route | None:
        for route, pattern in self._routes:
            found = pattern.match(call.request.path) if route.method == call.request.method else None
            if found and not NOT_IDS.intersection(found.groupdict().values()):
                call.params = found.groupdict()
                return route
        return None

    # -- the pipeline ------------------------------------------------------------------------------

    def _answer(self, call: Call, route: Route | None) -> Response:
        request, faults = call.request, self._world.faults
        self._read_key(call, route)
        before = faults.take("before", request.method, request.path, call.channel.id)
        faulted = apply_fault(before, None) if before else None
        answer = faulted or self._decide(call, route)
        if faulted is None:
            self._world.counters.answered(call.channel.id, call.operation, answer.status)
            after = faults.take("after", request.method, request.path, call.channel.id)
            if after:
                answer = apply_fault(after, answer) or answer
        self._tell_watch(call, route, answer)
        return answer

    def _decide(self, call: Call, route: Route | None) -> Response:
        try:
            return self._serve(call, route)
        except RefusalError as refusal:
            if refusal.response.status in (400, 413, 415):
                self._note_refusal(call, refusal.response)
            return refusal.response

    def _serve(self, call: Call, route: Route | None) -> Response:
        world = self._world
        self._authenticate(call)
        if route is None:
            raise self._unimplemented(call)
        self._parse(call, route)
        self._limit(call)
        self._check_key(call, route)
        sending.refuse_accepted_key(world, call)
        if route.check is not None:
            route.check(world, call)
        return route.act(world, call)

    @staticmethod
    def _authenticate(call: Call) -> None:
        if call.channel is NOBODY:
            text = "Authentication failed due to the following reason: invalid token. "
            raise RefusalError(401, text + "Confirm that the access token in the authorization header is valid.")

    def _unimplemented(self, call: Call) -> RefusalError:
        row = {"method": call.request.method, "path": call.request.path, "channel": call.channel.id}
        self._world.counters.unimplemented.append(row)
        return RefusalError(501, f"The simulator does not play {call.request.method} {call.request.path}")

    @staticmethod
    def _parse(call: Call, route: Route) -> None:
        """Content type, size and JSON."""
        request = call.request
        if route.binary or request.method not in ("POST", "PUT"):
            return
        if len(request.body) > MAX_BODY:
            raise RefusalError(413, "Request Entity Too Large")
        if not request.body and not route.check:
            return
        kind = request.headers.get("content-type", "")
        if kind.split(";")[0].strip().lower() != "application/json":
            raise RefusalError(415, f"The content type, {kind or 'none'}, is not supported")
        try:
            body: Any = json.loads(request.body)
            if b"\\ud" in request.body.lower():
                json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except ValueError as error:
            line, column = getattr(error, "lineno", "-"), getattr(error, "colno", "-")
            text = f"The request body could not be parsed as JSON (line: {line}, column: {column})"
            raise RefusalError(400, text) from None
        if not isinstance(body, dict):
            raise RefusalError(400, "The request body could not be parsed as JSON (line: 1, column: 1)")
        call.body = {name: value for name, value in body.items() if value is not None}

    def _read_key(self, call: Call, route: Route | None) -> None:
        """Takes the retry key, also of a request that a fault keeps from LINE: the client's conduct is watched."""
        key = call.request.headers.get("x-line-retry-key", "")
        if route and route.keyed and call.channel is not NOBODY and RETRY_KEY.match(key):
            call.key = key.lower()
            self._world.watch.keyed(call)

    def _limit(self, call: Call) -> None:
        if not self._world.limiter.allows(call.channel.id, call.operation):
            if self._world.watch.strict_rate:
                self._world.watch.note(call.channel, "rate_exceeded", f"{call.operation} was called too fast")
            raise RefusalError(429, RATE_LIMIT_TEXT)

    @staticmethod
    def _check_key(call: Call, route: Route) -> None:
        given = call.request.headers.get("x-line-retry-key")
        if given is None or call.key:
            return
        if not route.keyed:
            raise RefusalError(400, "The X-Line-Retry-Key header is not supported for this endpoint")
        raise RefusalError(400, "The value of the X-Line-Retry-Key header is not a UUID")

    # -- afterwards --------------------------------------------------------------------------------

    def _note_refusal(self, call: Call, response: Response) -> None:
        """A careful client sends nothing LINE refuses; what is noted elsewhere in more detail is left out."""
        body = json.loads(response.body)
        if body["message"] in ("Invalid reply token", "Failed to send messages"):
            return
        if "/validate" in call.operation:
            return  # asking whether something is valid is no fault
        text = f"{call.operation} was refused: {body['message']}"
        details = body.get("details", [])[:5]
        self._world.watch.note(
            call.channel, "refused_request", text, details=details, status=response.status, requestId=call.request_id
        )

    def _tell_watch(self, call: Call, route: Route | None, answer: Response) -> None:
        if route is None or answer.content_type != "application/json":
            return
        status = None if answer.cut else answer.status
        if call.key:
            message = json.loads(answer.body).get("message", "") if answer.status >= 400 else ""
            self._world.watch.key_answered(call, status, message)
        elif route.act is sending.act_reply:
            self._world.watch.token_answered(call, _reply_token(call), status)

    def _remember(self, call: Call, answer: Response, started: float) -> None:
        request = call.request
        self._world.counters.traffic(
            {
                "at": call.at,
                "channel": call.channel.id,
                "direction": "api",
                "method": request.method,
                "path": request.path,
                "status": 0 if answer.cut == "drop" else answer.status,
                "ms": round((time.monotonic() - started) * 1000),
                "requestId": call.request_id,
                "retryKey": call.key,
                "request": request.body,
                "response": answer.body if answer.content_type == "application/json" else b"",
                "reason": answer.cut,
            }
        )


def _reply_token(call: Call) -> str:
    """The reply token of a request, also when a fault kept it from being read."""
    try:
        body = call.body or json.loads(call.request.body)
        return str(body["replyToken"])
    except (ValueError, KeyError, TypeError):
        return ""


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + r"\Z")
