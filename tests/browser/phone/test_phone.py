"""What a visitor does on the phone page, in a real browser against the real simulator."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.phone.conftest import Bot, hana

pytestmark = pytest.mark.browser

POLL = {
    "type": "text",
    "text": "夜の防災訓練があったら、参加しますか。",
    "quickReply": {
        "items": [
            {"type": "action", "action": {"type": "postback", "label": label, "data": f"v1:{label}"}}
            for label in ("参加する", "参加しない")
        ]
    },
}


def words(page: Page) -> Any:
    return page.get_by_role("textbox", name="メッセージ")


def posts(page: Page) -> list[tuple[str, Any]]:
    """The control calls that the page makes from now on, as (verb, body)."""
    made: list[tuple[str, Any]] = []

    def note(request: Any) -> None:
        if request.method == "POST" and "/users/" in request.url:
            made.append((request.url.rsplit("/", 1)[1], request.post_data_json))

    page.on("request", note)
    return made


def test_a_newcomer_is_told_to_befriend_first(page: Page, bot: Bot) -> None:
    page.goto(f"{bot.line.url}/phone")
    expect(page.get_by_text("まず『友だち追加』を押してください。")).to_be_visible()
    expect(words(page)).to_be_hidden()
    page.get_by_role("button", name="友だち追加").click()
    expect(page.locator(".said .lm-words")).to_have_text("受け取りました。")
    assert [event["type"] for event in bot.events] == ["follow"]
    expect(page.locator(".date")).to_have_text(re.compile(r"^\d{1,2}月\d{1,2}日\([日月火水木金土]\)$"))


def test_a_double_click_befriends_once(page: Page, bot: Bot) -> None:
    page.goto(f"{bot.line.url}/phone")
    made = posts(page)
    page.get_by_role("button", name="友だち追加").dblclick()
    expect(words(page)).to_be_visible()
    expect(page.locator(".said .lm-words")).to_have_text("受け取りました。")
    words(page).fill("つぎ")
    words(page).press("Enter")
    bot.heard("message")  # a second press would have been sent before this
    assert [verb for verb, _ in made] == ["follow", "say"]
    assert [event["type"] for event in bot.events] == ["follow", "message"]


def test_what_comes_before_the_page_has_read_every_chat_is_shown(page: Page, bot: Bot) -> None:
    bot.answer = None
    held: list[Route] = []
    page.route("**/_sim/tomioka/chat/**", lambda route: held.append(route))  # noqa: PLW0108 playwright takes no method
    page.goto(f"{bot.line.url}/phone")
    page.get_by_role("button", name="友だち追加").click()
    expect(words(page)).to_be_visible()
    bot.heard("follow")
    assert held, "the page has read every chat already"
    bot.push("fuji", hana(bot), {"type": "text", "text": "受け取りました。"})
    held[0].continue_()
    expect(page.locator(".said .lm-words")).to_have_text("受け取りました。")
    expect(page.locator("#traffic li")).to_have_count(2)


def test_enter_sends_but_never_while_japanese_is_converted(phone: Page, bot: Bot) -> None:
    field = words(phone)
    field.focus()
    ime = phone.context.new_cdp_session(phone)
    ime.send("Input.imeSetComposition", {"text": "ぼうさいくんれん", "selectionStart": 8, "selectionEnd": 8})
    press = """(field, more) => field.dispatchEvent(
        new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...more }))"""
    assert field.evaluate(press, {"isComposing": True})
    assert field.evaluate(press, {"keyCode": 229})
    ime.send("Input.insertText", {"text": "防災訓練"})
    expect(field).to_have_value("防災訓練")
    assert bot.texts() == []
    field.press("Shift+Enter")
    field.press_sequentially("いつ?")
    field.press("Enter")
    expect(phone.locator(".mine .lm-words")).to_have_text("防災訓練\nいつ?")
    expect(field).to_have_value("")
    assert bot.texts() == ["防災訓練\nいつ?"]
    expect(phone.locator(".mine .read")).to_be_visible()


def test_a_quick_reply_is_tapped_by_its_label_and_the_row_goes(phone: Page, bot: Bot) -> None:
    bot.push("fuji", hana(bot), POLL)
    made = posts(phone)
    phone.get_by_role("button", name="参加する", exact=True).click()
    expect(phone.locator(".lm-quick")).to_have_count(0)
    expect(phone.locator(".said .lm-words").last).to_have_text("受け取りました。")
    assert made == [("tap", {"label": "参加する"})]
    assert bot.heard("postback")["postback"]["data"] == "v1:参加する"
    phone.reload()
    expect(phone.locator(".said .lm-words").last).to_have_text("受け取りました。")
    expect(phone.locator(".lm-quick")).to_have_count(0)


def test_an_older_bubbles_button_sends_its_own_data(phone: Page, bot: Bot) -> None:
    for data in ("old", "new"):
        button = {
            "type": "button",
            "action": {"type": "postback", "label": "答える", "data": data, "displayText": data},
        }
        body = {"type": "box", "layout": "vertical", "contents": [button]}
        flex = {"type": "flex", "altText": "アンケート", "contents": {"type": "bubble", "body": body}}
        bot.push("fuji", hana(bot), flex)
    buttons = phone.locator(".lm-button")
    expect(buttons).to_have_count(2)
    buttons.first.click()
    expect(phone.locator(".mine .lm-words")).to_have_text("old")
    assert bot.heard("postback")["postback"] == {"data": "old"}
    expect(phone.locator(".mine .unsend")).to_have_count(0)


def test_a_push_rings_and_another_resident_can_take_the_phone(phone: Page, bot: Bot) -> None:
    people = phone.get_by_label("住民", exact=True)
    people.get_by_role("region", name="富岡(見本)").locator(".resident").click()
    expect(phone.get_by_text("けんさんの電話")).to_be_visible()
    expect(phone.get_by_role("button", name="友だち追加")).to_be_visible()
    bot.push("fuji", hana(bot), {"type": "text", "text": "きょうの清掃は、雨のため中止です。"})
    ring = phone.locator("#ring button")
    expect(ring).to_contain_text("きょうの清掃は、雨のため中止です。")
    expect(phone).to_have_title(re.compile("お知らせ 富士"))
    expect(people.locator(".badge")).to_have_text("1")
    ring.click()
    expect(phone.get_by_text("はなさんの電話")).to_be_visible()
    expect(phone.locator(".said .lm-words").last).to_have_text("きょうの清掃は、雨のため中止です。")
    expect(people.locator(".badge")).to_have_count(0)
    expect(phone).to_have_title("円卓の電話")
    phone.reload()
    expect(phone.get_by_text("はなさんの電話")).to_be_visible()
    expect(phone.locator("#ring")).to_be_hidden()


def test_a_resident_is_added_and_is_another_person(phone: Page, bot: Bot) -> None:
    phone.get_by_role("region", name="富士(見本)").get_by_role("button", name="+ 住民を追加").click()
    phone.get_by_role("textbox", name="名前").fill("さくら")
    phone.get_by_role("button", name="追加する").click()
    expect(phone.get_by_text("さくらさんの電話")).to_be_visible()
    assert [user["name"] for user in bot.line.control("GET", "/_sim/fuji/users")] == ["はな", "さくら"]


def test_blocking_and_coming_back(phone: Page, bot: Bot) -> None:
    phone.get_by_role("button", name="この相手の操作").click()
    phone.get_by_role("button", name="ブロックする").click()
    expect(phone.get_by_text("ブロックしています。お知らせは届きません。")).to_be_visible()
    bot.heard("unfollow")
    phone.get_by_role("button", name="ブロックを解除する").click()
    expect(words(phone)).to_be_visible()
    assert bot.heard("follow", 2)["follow"] == {"isUnblocked": True}


def test_stickers_places_and_photos_are_sent(phone: Page, bot: Bot) -> None:
    for name in ("スタンプ ありがとう", "今泉小学校", "写真を1枚送る"):
        phone.get_by_role("button", name="スタンプや場所を送る").click()
        phone.get_by_role("button", name=name).click()
        expect(phone.locator("#tray")).to_be_hidden()
        expect(phone.locator(".mine").last.locator(".read")).to_be_visible()
    sticker, place, photo = (bot.heard("message", count)["message"] for count in (1, 2, 3))
    assert (sticker["type"], sticker["packageId"], sticker["stickerId"]) == ("sticker", "446", "1989")
    assert (place["type"], place["title"], place["latitude"]) == ("location", "今泉小学校", 35.162403)
    assert photo["type"] == "image"
    expect(phone.locator(".mine .lm-sticker")).to_have_attribute("aria-label", "スタンプ ありがとう")


def test_a_message_is_taken_back(phone: Page, bot: Bot) -> None:
    words(phone).fill("まちがえました")
    phone.get_by_role("button", name="送信", exact=True).click()
    phone.locator(".mine .one").hover()
    phone.get_by_role("button", name="送信を取り消す").click()
    expect(phone.get_by_text("送信を取り消しました")).to_be_visible()
    expect(phone.get_by_text("まちがえました")).to_have_count(0)
    assert bot.heard("unsend")["unsend"] == {"messageId": bot.heard("message")["message"]["id"]}
    phone.reload()
    expect(phone.get_by_text("送信を取り消しました")).to_be_visible()


def test_the_rich_menu_works_by_keyboard_and_is_spoken(phone: Page, bot: Bot) -> None:
    bot.add_menu("fuji")
    toggle = phone.get_by_role("button", name="メニュー", exact=True)
    expect(toggle).to_have_attribute("aria-expanded", "false", timeout=10_000)
    toggle.press("Enter")
    area = phone.get_by_role("button", name="声をとどける")
    expect(area).to_be_visible()
    expect(phone.locator("#menu img")).to_have_js_property("complete", value=True)
    picture, box = phone.locator("#menu img").bounding_box(), area.bounding_box()
    assert picture is not None
    assert box is not None
    assert box["x"] - picture["x"] == pytest.approx(picture["width"] * 2 / 3, abs=1)
    assert box["height"] == pytest.approx(picture["height"] / 2, abs=1)
    area.focus()
    area.press("Enter")
    expect(phone.locator(".mine .lm-words")).to_have_text("声をとどける")
    phone.get_by_role("button", name="文字を入力する").click()
    expect(area).to_be_hidden()
    expect(words(phone)).to_be_focused()


def test_links_of_the_bot_lead_to_the_product(phone: Page, bot: Bot) -> None:
    bot.push("fuji", hana(bot), {"type": "text", "text": "https://entaku.example/m/fuji/ と https://example.com/a"})
    links = phone.locator(".said .lm-link")
    expect(links).to_have_count(2)
    assert links.evaluate_all("links => links.map(link => [link.getAttribute('href'), link.target, link.rel])") == [
        [f"{bot.url}/m/fuji/", "_blank", "noopener"],
        ["https://example.com/a", "_blank", "noopener"],
    ]
    expect(links.first).to_have_text("https://entaku.example/m/fuji/")


def test_a_moment_is_chosen_in_a_dialog(phone: Page, bot: Bot) -> None:
    action = {"type": "datetimepicker", "label": "日を選ぶ", "data": "day", "mode": "date", "initial": "2026-12-06"}
    items = [{"type": "action", "action": action}]
    bot.push("fuji", hana(bot), {"type": "text", "text": "いつですか。", "quickReply": {"items": items}})
    phone.get_by_role("button", name="日を選ぶ").click()
    phone.get_by_role("button", name="決める").click()
    expect(phone.locator(".said .lm-words").last).to_have_text("受け取りました。")
    assert bot.heard("postback")["postback"] == {"data": "day", "params": {"date": "2026-12-06"}}


def test_the_dots_move_until_the_answer(phone: Page, bot: Bot) -> None:
    bot.answer = None
    words(phone).fill("防災訓練いつ?")
    words(phone).press("Enter")
    expect(phone.locator(".mine .read")).to_be_visible()
    bot.call("fuji", "chat/loading/start", {"chatId": hana(bot), "loadingSeconds": 20})
    expect(phone.get_by_role("img", name="入力中")).to_be_visible()
    bot.push("fuji", hana(bot), {"type": "text", "text": "12月6日です。"})
    expect(phone.locator(".said .lm-words").last).to_have_text("12月6日です。")
    expect(phone.get_by_role("img", name="入力中")).to_have_count(0)


def test_a_long_answer_is_shown_from_its_start_and_a_short_one_to_its_end(phone: Page, bot: Bot) -> None:
    said = phone.locator(".said")
    bot.push("fuji", hana(bot), *[{"type": "text", "text": "\n".join(["一行"] * 40)}] * 2)
    expect(said).to_have_count(2)
    phone.wait_for_function(
        """() => {
             const top = part => part.getBoundingClientRect().top;
             const down = top([...document.querySelectorAll('.said')].at(-1)) - top(document.querySelector('#log'));
             return down >= 0 && down < 40;
           }"""
    )
    words(phone).fill("短い答え")
    words(phone).press("Enter")
    expect(said).to_have_count(3)
    expect(said.last.locator(".lm-words")).to_be_in_viewport(ratio=1)
    phone.get_by_role("button", name="スタンプや場所を送る").click()
    expect(phone.locator("#tray")).to_be_visible()
    expect(said.last.locator(".lm-words")).to_be_in_viewport(ratio=1)


def test_a_bot_that_cannot_be_reached_is_said_and_nothing_is_marked_read(phone: Page, bot: Bot) -> None:
    bot.line.control("POST", "/_sim/fuji/webhook", {"down": True})
    words(phone).fill("聞こえますか")
    words(phone).press("Enter")
    expect(phone.get_by_role("alert")).to_contain_text("ボットに届きません。")
    expect(phone.locator(".mine .lm-words")).to_have_text("聞こえますか")
    expect(phone.locator(".mine .read")).to_be_hidden()
    bot.line.control("POST", "/_sim/fuji/webhook", {"down": False})
    words(phone).fill("もう一度")
    words(phone).press("Enter")
    expect(phone.get_by_role("alert")).to_be_hidden()


def test_the_clock_moves_and_the_traffic_is_shown(phone: Page, bot: Bot) -> None:
    before = phone.locator("#clock").get_attribute("datetime")
    phone.get_by_role("button", name="1日進める").click()
    phone.wait_for_function(
        "before => new Date(document.querySelector('#clock').dateTime) - new Date(before) > 86_000_000", arg=before
    )
    assert bot.line.control("GET", "/_sim/clock")["now"][:10] > str(before)[:10]
    expect(phone.locator("#traffic summary", has_text="返信")).to_have_count(1)
    phone.locator("#traffic summary", has_text="返信").click()
    expect(phone.locator("#traffic pre")).to_contain_text('"path": "/v2/bot/message/reply"')


def test_neighbours_register_and_are_counted_not_listed(phone: Page, bot: Bot) -> None:
    phone.get_by_role("button", name="近所の12人に答えてもらう").click()
    expect(phone.locator("#neighbours-result")).to_contain_text("近所の12人がそろいました。", timeout=60_000)
    assert len(bot.line.control("GET", "/_sim/fuji/users")) == 13
    expect(phone.get_by_role("region", name="富士(見本)").locator(".resident")).to_have_count(1)


def test_on_a_narrow_window_the_phone_fills_the_screen(page: Page, bot: Bot) -> None:
    page.set_viewport_size({"width": 375, "height": 720})
    page.goto(f"{bot.line.url}/phone")
    expect(page.get_by_role("button", name="友だち追加")).to_be_visible()
    box = page.locator("#phone").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 375, 720)
    expect(page.locator("#panel")).to_be_hidden()
    page.get_by_role("button", name="操作と記録を開く").click()
    expect(page.locator("#panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.get_by_role("button", name="操作と記録を開く")).to_be_focused()
    page.get_by_role("button", name="住民を選ぶ").click()
    page.get_by_role("region", name="富岡(見本)").locator(".resident").click()
    expect(page.get_by_text("けんさんの電話")).to_be_visible()
    expect(page.locator("#people")).to_be_hidden()


def test_what_can_be_pressed_is_large_enough(phone: Page, bot: Bot) -> None:
    bot.push("fuji", hana(bot), POLL)
    expect(phone.locator(".lm-quick")).to_be_visible()
    small = phone.evaluate(
        """[...document.querySelectorAll('button, summary, input:not([type=checkbox]), textarea')]
             .filter(part => part.checkVisibility() && !part.classList.contains('unsend'))
             .filter(part => { const box = part.getBoundingClientRect(); return box.width < 44 || box.height < 44; })
             .map(part => part.outerHTML)"""
    )
    assert small == []
