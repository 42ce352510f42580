"""A neighbourhood association's LINE group over real HTTP: a district is chosen, it is told, and otherwise left alone."""

import pytest
from sqlalchemy import select

from bot.core.permissions import Actor, Grant
from bot.models import District, GroupChat, NeighbourhoodAssociation, OutboxMessage, Resident, Staff, UnansweredQuestion
from bot.services import announcements
from tests.support.house import labels, words


class Group:
    """A group that has just invited the bot."""

    def __init__(self, house, members=12):
        self.house = house
        self.id = house.control("fuji/groups", {"members": members})["groupId"]
        house.wait(self.heard)

    def heard(self):
        return [message for sent in self.house.inbox(self.id) for message in sent["messages"]]

    def says(self, text, *, mention=False):
        return self.house.control(f"fuji/groups/{self.id}/say", {"text": text, "mention": mention})

    def answer(self, act):
        before = len(self.heard())
        act()
        return self.house.wait(lambda: self.heard()[before:])

    def asks(self, text):
        return self.answer(lambda: self.says(text, mention=True))

    def taps(self, label):
        return self.answer(lambda: self.house.act(self.id, "tap", {"label": label}))

    def leaves(self):
        self.house.control(f"fuji/groups/{self.id}/leave", {})


def rows(house, table):
    with house.context.database.read() as session:
        return session.scalars(select(table)).all()


@pytest.fixture
def group(house):
    return Group(house)


def send(house, title, *, to_groups=False):
    now = house.context.clock()
    with house.context.database.write(durable=True) as session:
        place = session.scalars(
            select(District).where(District.municipality_id == "fuji", District.name == "今泉")
        ).one()
        people = []
        for name in ("a", "b"):
            row = Staff(
                municipality_id="fuji", email=f"{title}-{name}@example.jp", name=name, password_hash="-", created_at=now
            )
            session.add(row)
            session.flush()
            people.append(Actor(row.id, name, (Grant("officer", "fuji", frozenset({place.id})),)))
        draft = announcements.Draft(
            title, "公園を清掃します。", "今泉協議会", "home", (place.id,), None, to_groups=to_groups
        )
        row = announcements.draft(session, "fuji", people[0], draft, now)
        announcements.submit(session, row, people[0], now)
        announcements.approve(session, row, people[1], row.version, now, sealer=house.context.sealer)


def test_a_group_chooses_its_district_asks_and_is_told(house, group):
    assert "地区を選んでください" in words(group.heard())
    assert "あ行" in labels(group.heard())
    names = labels(group.taps("あ行"))
    assert "今泉" in names
    assert "今泉" in words(group.taps("今泉"))
    assert "まちづくりセンター" in words(group.asks("まちづくりセンターはどこ"))
    house.wait(lambda: [row.members for row in rows(house, GroupChat)] == [12])

    neighbour = house.resident("今泉")
    send(house, "グループにも届くお知らせ", to_groups=True)
    house.wait(lambda: house.marker("グループにも届くお知らせ") == {neighbour: 1, group.id: 1})
    send(house, "グループには届かないお知らせ")
    house.wait(lambda: neighbour in house.marker("グループには届かないお知らせ"))
    assert group.id not in house.marker("グループには届かないお知らせ")
    assert house.violations() == []
    assert house.against_the_description() == []


def test_a_group_chooses_its_association_by_tap_or_by_name(house, group):
    with house.context.database.write() as session:
        here = select(District).where(District.municipality_id == "fuji", District.name == "今泉")
        place = session.scalars(here).one().id
        for name in ("本町", "中町"):
            session.add(NeighbourhoodAssociation(municipality_id="fuji", district_id=place, name=name, copies=1))
    group.taps("あ行")
    assert {"本町", "中町", "地区のお知らせだけ"} <= set(labels(group.taps("今泉")))
    assert "「本町」のお知らせ" in words(group.taps("本町"))
    assert [row.neighbourhood for row in rows(house, GroupChat)] == ["本町"]
    assert "「中町」のお知らせ" in words(group.asks("中町町内会です"))
    assert [row.neighbourhood for row in rows(house, GroupChat)] == ["中町"]
    assert "まちづくりセンター" in words(group.asks("まちづくりセンターはどこ"))
    assert house.violations() == []
    assert house.against_the_description() == []


def test_it_is_quiet_unless_addressed_and_keeps_nothing_of_who_is_there(house, group):
    group.taps("あ行")
    group.taps("今泉")
    said = len(group.heard())
    for text in ("明日の当番は田中さんです", "防災訓練はいつですか", "お知らせを止めて"):
        group.says(text)
    assert "1対1のトーク" in words(group.asks("参加するにはどう申し込むの"))
    assert "わか" in words(group.asks("量子コンピュータの作り方は")) or "持っていません" in words(group.heard())
    assert len(group.heard()) == said + 2
    assert rows(house, Resident) == []
    assert rows(house, UnansweredQuestion) == []
    house.wait(lambda: all(row.body is None for row in rows(house, OutboxMessage)))
    with house.context.database.read() as session:
        stored = session.scalars(select(GroupChat)).one()
        assert stored.state == "active"
        assert group.id.encode() not in stored.line_id


def test_leaving_erases_it(house, group):
    group.taps("あ行")
    group.taps("今泉")
    group.leaves()
    house.wait(lambda: rows(house, GroupChat) == [])
    neighbour = house.resident("今泉")
    send(house, "もう届かないお知らせ", to_groups=True)
    house.wait(lambda: house.marker("もう届かないお知らせ") == {neighbour: 1})
    assert house.violations() == []
