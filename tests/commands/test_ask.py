"""`entaku ask` and `entaku bench` as a person types them: the JSON that others read, errors that say what is valid."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.places import REPOSITORY

NOW = ("--now", "2026-11-22T10:00+09:00")
KEYS = {"decision", "asks", "language", "district", "text", "entries", "desk", "dates"}


def entaku(*words, **env):
    clean = {name: value for name, value in os.environ.items() if name != "ENTAKU_DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=clean | env,
    )


def asked(*words, **env):
    done = entaku("ask", *words, *NOW, "--json", **env)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert set(found) == KEYS
    return found


def test_an_answer():
    found = asked("防災訓練いつ？", "--municipality", "fuji", "--district", "今泉")
    assert (found["decision"], found["asks"], found["language"], found["district"]) == ("answer", None, "ja", "今泉")
    assert "12月6日(日) 午前8時30分" in found["text"]
    assert set(found["entries"][0]) == {"id", "kind", "title", "score"}
    assert found["entries"][0]["kind"] == "activity"
    assert set(found["desk"]) == {"id", "name"}
    assert found["dates"] is None


def test_dates_and_the_texts_own_district():
    found = asked("今度の土日の元吉原のイベント", "--municipality", "fuji", "--district", "今泉")
    assert found["dates"] == {"from": "2026-11-28", "to": "2026-11-29"}
    assert found["district"] == "元吉原"
    assert found["text"].startswith("11月28日(土)・29日(日)の行事")


def test_an_emergency_with_a_date():
    found = asked("今日家が火事です", "--municipality", "tomioka", "--language", "easy-ja")
    assert (found["decision"], found["entries"], found["desk"]) == ("emergency", [], None)
    assert found["dates"] == {"from": "2026-11-22", "to": "2026-11-22"}
    assert found["language"] == "easy-ja"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("x", "--municipality", "fji"), "fuji, tomioka"),
        (("x", "--municipality", "fuji", "--district", "富士"), "今泉"),
        (("x", "--municipality", "fuji", "--district", "七日市黒川"), "今泉"),
        (("x", "--municipality", "fuji", "--now", "きのう"), "2026-11-22T10:00+09:00"),
        (("x", "--municipality", "fuji", "--language", "klingon"), "easy-ja"),
    ],
)
def test_bad_input_says_what_is_valid(words, told):
    done = entaku("ask", *words, "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_usage():
    assert entaku("ask").returncode == 2


def test_the_database_is_asked_when_it_is_there(cities):
    from sqlalchemy import update

    from bot.models import Entry, Municipality

    with cities.database.write() as session:
        session.execute(update(Entry).where(Entry.key == "gomi-hi").values(published=False))
        session.execute(update(Municipality).values(content_version=50))
    url = cities.settings.database_url
    words = ("ごみの日はいつ", "--municipality", "fuji")
    assert asked(*words)["entries"][0]["id"] == "gomi-hi"
    assert "gomi-hi" not in [one["id"] for one in asked(*words, ENTAKU_DATABASE_URL=url)["entries"]]
    assert asked(*words, ENTAKU_DATABASE_URL="sqlite:////nowhere/entaku.db")["entries"][0]["id"] == "gomi-hi"


def test_bench_search(tmp_path):
    docs, queries, ranked = tmp_path / "d.jsonl", tmp_path / "q.jsonl", tmp_path / "r.jsonl"
    docs.write_text(
        '{"id":"a","title":"ごみの日はいつ"}\n{"id":"b","title":"防災訓練","body":"訓練をします"}\n', encoding="utf-8"
    )
    queries.write_text(
        '{"id":"1","text":"ごみの日","relevant":["a"]}\n{"id":"2","text":"訓練","relevant":["a"]}\n', encoding="utf-8"
    )
    done = entaku("bench", "search", "--docs", str(docs), "--queries", str(queries), "--ranked", str(ranked), "--json")
    figures = json.loads(done.stdout)
    assert set(figures) == {
        "queries",
        "top1",
        "recall@3",
        "recall@10",
        "mrr@10",
        "p50_ms",
        "p99_ms",
        "index_s",
        "rss_mb",
    }
    assert (figures["queries"], figures["top1"]) == (2, 0.5)
    assert [json.loads(line)["ranked"][0] for line in ranked.read_text().splitlines()] == ["a", "b"]


def test_bench_language(tmp_path):
    file = tmp_path / "l.jsonl"
    file.write_text(
        '{"text":"ごみの日はいつ","lang":"ja"}\n{"text":"垃圾什么时候扔","lang":"zh"}\n{"text":"한국어","lang":"ja"}\n',
        encoding="utf-8",
    )
    figures = json.loads(entaku("bench", "language", "--file", str(file), "--json").stdout)
    assert set(figures) == {"n", "accuracy", "per_language", "p50_us", "rss_mb"}
    assert figures["per_language"] == {"ja": 0.5, "zh": 1.0}
    assert figures["accuracy"] == 0.75


def test_bench_names_the_broken_line(tmp_path):
    file = tmp_path / "l.jsonl"
    file.write_text('{"text":"a","lang":"en"}\nnot json\n', encoding="utf-8")
    done = entaku("bench", "language", "--file", str(file), "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "l.jsonl:2" in done.stderr
