"""LINE's official description as a judge of requests, answers and webhooks (it lies in ../shared/line, not here).

    problems = validate_request("POST", "/v2/bot/message/push", body)      # [] when it fits
    problems = validate_response("POST", "/v2/bot/message/push", 200, answer)
    problems = validate_webhook(body)

The description gives polymorphic objects (Message, Action, FlexComponent, Event ...) a discriminator
but no oneOf, so a plain validator accepts {"type": "text"}. Here each becomes if/then: the value of
`type` decides which subtype must fit, and an unknown value is an error. Fields the description does
not know are errors too (`strict`), as typing mistakes would pass otherwise.
Limits that stand only in prose are not in it: the simulator checks those.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jsonschema_rs
import yaml

from tests.support.places import SHARED

LINE = SHARED / "line"
SCHEMAS = "#/components/schemas/"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML without timestamps: an example's time stays text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@cache
def load_spec(name: str = "messaging-api", *, strict: bool = True) -> dict[str, Any]:
    """The description, its schemas rewritten as JSON Schema 2020-12."""
    spec: dict[str, Any] = yaml.load((LINE / f"{name}.yml").read_text(encoding="utf-8"), _Loader)
    schemas = spec["components"]["schemas"]
    bases = {key for key, schema in schemas.items() if "discriminator" in schema}
    rewritten: dict[str, Any] = {}
    for key, schema in schemas.items():
        if key in bases:
            rewritten[f"{key}__base"] = _plain({k: v for k, v in schema.items() if k != "discriminator"}, bases)
            rewritten[key] = _switch(key, schema)
        else:
            rewritten[key] = _plain(schema, bases)
            if strict and _is_object(schema) and "additionalProperties" not in schema:
                rewritten[key]["unevaluatedProperties"] = False
    spec["components"]["schemas"] = rewritten
    return spec


def _is_object(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "object" or "allOf" in schema


def _switch(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """`type` decides which subtype must fit."""
    field = schema["discriminator"]["propertyName"]
    mapping = schema["discriminator"]["mapping"]
    cases = [
        {"if": {"properties": {field: {"const": value}}, "required": [field]}, "then": {"$ref": target}}
        for value, target in mapping.items()
    ]
    known = {"properties": {field: {"enum": list(mapping)}}, "required": [field]}
    return {"allOf": [{"$ref": f"{SCHEMAS}{name}__base"}, known, *cases]}


def _plain(schema: Any, bases: set[str]) -> Any:
    """The schema with its parent replaced by the parent's base, and `nullable` said in JSON Schema's words."""
    if isinstance(schema, list):
        return [_plain(item, bases) for item in schema]
    if not isinstance(schema, dict):
        return schema
    done = {key: _plain(value, bases) for key, value in schema.items()}
    if isinstance(done.get("allOf"), list):
        done["allOf"] = [_parent(part, bases) for part in done["allOf"]]
    if done.pop("nullable", False) is True and isinstance(done.get("type"), str):
        done["type"] = [done["type"], "null"]
    return done


def _parent(part: Any, bases: set[str]) -> Any:
    name = part.get("$ref", "").removeprefix(SCHEMAS) if isinstance(part, dict) else ""
    return {"$ref": f"{SCHEMAS}{name}__base"} if name in bases else part


@cache
def _validator(spec_name: str, strict: bool, pointer: str) -> Any:
    spec = load_spec(spec_name, strict=strict)
    node: Any = spec
    for step in pointer.strip("/").split("/"):
        node = node[step.replace("~1", "/")]
    return jsonschema_rs.Draft202012Validator({**node, "components": spec["components"]})


@cache
def _paths(spec_name: str) -> list[tuple[re.Pattern[str], str]]:
    """Path patterns, those without parameters first."""
    paths = sorted(load_spec(spec_name)["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + r"\Z"), path) for path in paths]


def find_path(path: str) -> str | None:
    """The description's template for a path."""
    return next((template for pattern, template in _paths("messaging-api") if pattern.match(path)), None)


def _problems(spec_name: str, strict: bool, pointer: str, value: Any) -> list[str]:
    found = _validator(spec_name, strict, pointer).iter_errors(value)
    return [f"{'/'.join(map(str, error.instance_path)) or '(body)'}: {error.message}" for error in found]


def _escaped(path: str) -> str:
    return path.replace("/", "~1")


def validate_request(method: str, path: str, body: Any, *, strict: bool = True) -> list[str]:
    """What is wrong with a request's JSON body; an unknown path or method is a problem too."""
    template = find_path(path)
    operation = load_spec()["paths"].get(template, {}).get(method.lower()) if template else None
    if operation is None:
        return [f"{method} {path} is not in LINE's description"]
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return []
    pointer = f"/paths/{_escaped(str(template))}/{method.lower()}/requestBody/content/application~1json/schema"
    return _problems("messaging-api", strict, pointer, body)


def validate_response(method: str, path: str, status: int, body: Any) -> list[str]:
    """What is wrong with an answer. Statuses the description leaves out must carry the error body."""
    template = str(find_path(path))
    responses = load_spec()["paths"][template][method.lower()]["responses"]
    if str(status) not in responses:
        return _problems("messaging-api", False, "/components/schemas/ErrorResponse", body)
    if "application/json" not in responses[str(status)].get("content", {}):
        return []
    pointer = f"/paths/{_escaped(template)}/{method.lower()}/responses/{status}/content/application~1json/schema"
    return _problems("messaging-api", status < 400, pointer, body)


def validate_webhook(body: Any, *, strict: bool = True) -> list[str]:
    """What is wrong with a webhook's body."""
    return _problems("webhook", strict, "/components/schemas/CallbackRequest", body)


def validate_messages(messages: list[dict[str, Any]]) -> list[str]:
    """What is wrong with the messages of any send."""
    return validate_request("POST", "/v2/bot/message/validate/push", {"messages": messages})
