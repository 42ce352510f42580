"""What stands in LINE messages, for assertions."""

from __future__ import annotations

from typing import Any


def words(messages: list[dict[str, Any]]) -> str:
    """All the text of LINE messages, for assertions: texts, Flex texts and labels."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.extend(str(node[key]) for key in ("text", "label", "altText") if isinstance(node.get(key), str))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(messages)
    return "\n".join(found)


def labels(messages: list[dict[str, Any]]) -> list[str]:
    """The labels of every button and quick reply."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            action = node.get("action")
            if isinstance(action, dict) and "label" in action:
                found.append(action["label"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(messages)
    return found
