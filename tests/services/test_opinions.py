"""A round's opinions on both databases: nothing before the close, all of it after, the same after a crash."""

import pytest

from bot.models import RoundAudience, RoundTable
from bot.services import opinion_analysis, opinion_audience, opinions, statement_closing
from bot.services.context import open_context
from tests.conftest import make_settings
from tests.support.hearing import CITY, NOW
from tests.support.opinions import CAMPS, FEW, LATER, TEXTS, Voted


@pytest.fixture
def voted(database_url, tmp_path):
    context = open_context(make_settings(tmp_path, database_url))
    made = Voted(context)
    made.cast()
    yield made
    context.database.close()
    context.keystore.database.close()


def seen(voted):
    with voted.context.database.read() as session:
        row = session.get_one(RoundTable, voted.hearing.round)
        return opinions.of_round(session, row), opinion_audience.of_round(session, CITY, row.id)


def test_from_the_votes_to_what_everybody_may_see(voted):
    found, audience = seen(voted)
    assert (found.state, found.voters, found.stands, audience) == ("open", 23, (), None)
    assert voted.sheet().opinions == ()

    def killed(votes):
        opinion_analysis.analyse(votes)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        statement_closing.close_due(voted.context, LATER, killed)
    assert seen(voted)[0].stands == ()
    assert voted.close().votes_state == "closed"

    found, audience = seen(voted)
    assert [one.text for one in found.lists["agreed"]] == [TEXTS[0]]
    assert {one.text for one in found.lists["split"]} == set(TEXTS[1:7])
    assert [one.text for one in found.lists["unsure"]] == [TEXTS[7]]
    assert (found.few, len(found.stands)) == (1, 8)
    assert all(one.seen == 23 for one in found.stands)
    assert [(one.name, one.size) for one in found.groups] == [("A", 15), ("B", 10)]
    assert found.groups_words == "答え方の似た人のグループが2つ見えます(A 約15人、B 約10人)。"
    expected = {f"「{TEXTS[at]}」に{'賛成' if CAMPS[0][at] > 0 else '反対'}の人が多い" for at in range(1, 7)}
    assert len(found.groups[0].marks) == 5
    assert set(found.groups[0].marks) < expected
    assert found.common == (TEXTS[0],)
    homes = {str(voted.hearing.district): 15, str(voted.hearing.elsewhere): 8}
    assert (audience.days, audience.districts) == ([[NOW.date().isoformat(), 23]], homes)
    shown = dict(voted.sheet().opinions)
    assert set(shown) == {"一致", "対立", "わからない", "グループ"}
    assert len(shown["対立"]) == 3
    assert not [words for said in shown.values() for words in said if FEW in words]
    # The clock goes on; nothing is counted twice.
    assert opinion_audience.keep(voted.context, LATER) == 0
    with voted.context.database.read() as session:
        assert session.query(RoundAudience).count() == 1


def test_hidden_words_are_in_no_list_and_no_mark(voted):
    voted.close()
    with voted.context.database.write() as session:
        opinions.statements.withdraw(session, CITY, voted.ids[1])
    found, _ = seen(voted)
    assert len(found.stands) == 7
    assert not [words for group in found.groups for words in group.marks if TEXTS[1] in words]
