"""Does a mute keep its caregiver in peace, end by itself, and leave no patient alone?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.events import HelpRequested
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.alerting.alerts import is_moot
from hub.care.caregivers import Caregiver, WantKind
from hub.care.entries import Entry, EntryUndone, Muted
from hub.care.happenings import EntryMade
from hub.care.muting import MUTE_MAX_MS, muted_until, next_unmuted_at, was_muted
from hub.writing import entry_of
from tests.care_days import BEA, CEM, MORNING, STEPS, Keeper, at, household, missed, stated

CEM_TOO = replace(CEM, wants={"ada": ("dose", "storage", "supply", "device", "care")})


def mute(
    who: str = "bea", *, since: int, until: int, wants: tuple[WantKind, ...] = (), by: str | None = None
) -> Entry:
    fact = Muted(caregiver=who, until=until, wants=wants)
    return entry_of("ada", fact, by=by or who, at_ms=since)


def started(*people: Caregiver) -> Keeper:
    keeper = Keeper(household(caregivers=people or (BEA, CEM_TOO)))
    keeper.live(at("06:00"))
    return keeper


def write(keeper: Keeper, entry: Entry) -> None:
    keeper.live(entry.at)
    keeper.do(EntryMade(at=entry.at, entry=entry))


def letters(keeper: Keeper) -> list[tuple[str, str, int]]:
    return [(said.to, said.channel, said.made_at) for said in keeper.messages if said.kind == "alert"]


def test_who_is_muted_is_passed_over_and_the_others_are_told_in_their_time() -> None:
    keeper = started()
    write(keeper, mute(since=at("11:00"), until=at("15:00")))
    keeper.send(at("12:01"), missed(MORNING))
    keeper.live(at("12:40"))
    assert letters(keeper) == [("cem", "mail", at("12:01"))], "nobody waits for somebody who is passed over"


def test_when_the_mute_is_over_and_the_alert_is_not_they_are_told() -> None:
    keeper = started()
    write(keeper, mute(since=at("11:00"), until=at("12:20")))
    keeper.send(at("12:01"), missed(MORNING))
    keeper.live(at("12:19"))
    assert ("bea", "push", at("12:20")) not in letters(keeper)
    keeper.live(at("12:21"))
    assert ("bea", "push", at("12:20")) in letters(keeper)


def test_who_was_told_before_the_mute_is_not_told_the_same_again_at_its_end() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    write(keeper, mute(since=at("12:05"), until=at("12:10")))
    keeper.live(at("12:12"))
    assert [who for who, *_ in letters(keeper)] == ["bea"]


def test_a_mute_is_of_the_kinds_it_names() -> None:
    keeper = started()
    write(keeper, mute(since=at("11:00"), until=at("15:00"), wants=("storage",)))
    keeper.send(at("12:01"), missed(MORNING))
    assert [who for who, *_ in letters(keeper)] == ["bea"]


def test_a_call_for_help_cannot_be_muted() -> None:
    keeper = started()
    write(keeper, mute(since=at("11:00"), until=at("15:00"), wants=("care", "dose")))
    keeper.send(at("12:00"), HelpRequested(because="button"))
    assert ("bea", "push", at("12:00")) in letters(keeper)


def test_where_everybody_wants_silence_nobody_has_it_and_the_message_says_why() -> None:
    keeper = started()
    write(keeper, mute(since=at("11:00"), until=at("15:00")))
    write(keeper, mute("cem", since=at("11:01"), until=at("16:00")))
    keeper.send(at("12:01"), missed(MORNING))
    [letter] = [said for said in keeper.messages if said.kind == "alert"]
    assert letter.to == "bea"
    assert "You asked for silence until 15:00; nobody else can be told of this." in letter.body


def test_nobody_can_silence_somebody_else() -> None:
    keeper = started()
    write(keeper, mute("bea", by="cem", since=at("11:00"), until=at("15:00")))
    keeper.send(at("12:01"), missed(MORNING))
    assert letters(keeper)[0][0] == "bea"


def test_a_mute_that_is_undone_is_over_at_once() -> None:
    keeper = started()
    silence = mute(since=at("11:00"), until=at("15:00"))
    write(keeper, silence)
    write(keeper, entry_of("ada", EntryUndone(entry=silence.entry), by="bea", at_ms=at("11:30")))
    keeper.send(at("12:01"), missed(MORNING))
    assert letters(keeper)[0][0] == "bea"


def test_a_mute_over_a_restart_still_ends_and_is_told_once() -> None:
    keeper = started()
    write(keeper, mute(since=at("11:00"), until=at("12:20")))
    keeper.send(at("12:01"), missed(MORNING))
    entries = keeper.ledger.entries
    again = keeper.restarted()
    again.ledger = replace(again.ledger, entries=entries)
    again.do_at(at("12:10"))
    again.until(at("12:25"))
    told = [when for who, _, when in letters(again) if who == "bea"]
    assert told == [at("12:20")]


def test_what_was_told_before_is_corrected_to_those_who_are_muted_too() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    write(keeper, mute(since=at("12:05"), until=at("15:00")))
    keeper.do(stated(at=at("12:30"), slot=MORNING, outcome="self_reported", by="cem"))
    assert [said.to for said in keeper.messages if said.kind == "correction"] == ["bea"]


def test_a_mute_is_seven_days_at_most_whatever_it_says() -> None:
    silence = mute(since=at("11:00"), until=at("11:00") + 400 * DAY_MS)
    assert muted_until([silence], "bea", "dose", at("12:00")) == at("11:00") + MUTE_MAX_MS
    assert muted_until([silence], "bea", "dose", at("11:00") + MUTE_MAX_MS) is None


@settings(max_examples=200)
@given(
    spans=st.lists(st.tuples(st.integers(0, 100), st.integers(1, 300)), max_size=5),
    hour=st.integers(0, 400),
    want=st.sampled_from(["dose", "storage", "care"]),
)
def test_every_mute_ends_and_its_end_is_known(
    spans: list[tuple[int, int]], hour: int, want: WantKind
) -> None:
    """Law: at the end that is named somebody may be told again, unless another mute still holds."""
    zero = at("00:00")
    written = [
        mute(since=zero + since * HOUR_MS, until=zero + (since + length) * HOUR_MS)
        for since, length in sorted(spans)
    ]
    now = zero + hour * HOUR_MS
    until = muted_until(written, "bea", want, now)
    if want == "care":
        assert until is None
        return
    if until is not None:
        assert now < until <= now + MUTE_MAX_MS
        assert next_unmuted_at(written, now) is not None
        later = muted_until(written, "bea", want, until)
        assert later is None or later > until
        assert was_muted(written, "bea", want, now, until)
    assert muted_until(written, "cem", want, now) is None


# The ladder of a kind, and the home's own limit.


def test_a_ladder_that_names_a_kind_is_climbed_for_it_and_the_general_one_for_the_rest() -> None:
    home = household(caregivers=(BEA, CEM_TOO))
    [general] = home.ladders
    storage = replace(general, wants=("dose",), steps=(replace(STEPS[2], after_ms=0),))
    keeper = Keeper(replace(home, ladders=(general, storage)))
    keeper.live(at("06:00"))
    keeper.send(at("12:01"), missed(MORNING))
    assert [(who, channel) for who, channel, _ in letters(keeper)] == [("cem", "mail")]
    keeper.send(at("12:02"), HelpRequested(because="button"))
    assert letters(keeper)[-1][:2] == ("bea", "push")


def last_words(keeper: Keeper) -> list[tuple[str, str]]:
    """Return the last words about the morning's dose: to whom, and what."""
    about = {alert.alert for alert in keeper.alerts_of(MORNING)}
    return [
        (said.to, said.body) for said in keeper.messages if said.kind == "last_word" and said.alert in about
    ]


def limited(rounds: int, **keeps: object) -> Keeper:
    home = household(caregivers=(BEA, CEM_TOO))
    [general] = home.ladders
    keeper = Keeper(replace(home, ladders=(replace(general, rounds=rounds),)), **keeps)  # type: ignore[arg-type]  # passed through
    keeper.live(at("06:00"))
    keeper.send(at("12:01"), missed(MORNING))
    return keeper


def test_after_the_homes_own_number_of_rounds_everybody_hears_a_last_word_and_the_alert_stays_open() -> None:
    keeper = limited(2)
    keeper.live(at("12:01", 26))
    alert = keeper.alerts_of(MORNING)[0]
    rounds = [said.made_at for said in keeper.messages if said.alert == alert.alert and said.kind == "alert"]
    assert len(rounds) == 2 * len(STEPS)
    last = last_words(keeper)
    assert [who for who, _ in last] == ["bea", "cem"]
    assert "it was told to Bea, Cem, and nobody has answered. This is the last message" in last[0][1]
    assert (alert.state, alert.because, alert.next_step_at) == ("told", "ladder_ended", None)
    keeper.acknowledge(at("13:00", 26), alert)
    assert keeper.alerts[alert.alert].state == "acknowledged", "it can still be answered"


def test_a_round_that_reached_nobody_is_not_the_last() -> None:
    keeper = limited(1, dead=frozenset({"push", "sms", "mail"}))
    keeper.live(at("12:01", 25))
    alert = keeper.alerts_of(MORNING)[0]
    assert last_words(keeper) == []
    assert alert.next_step_at is not None


def test_who_answers_in_time_ends_the_climb_without_a_last_word() -> None:
    keeper = limited(1)
    keeper.acknowledge(at("12:50"), keeper.alert("dose.missed"))
    keeper.live(at("12:01", 25))
    assert last_words(keeper) == []


def test_a_last_word_is_not_sent_any_more_when_somebody_has_answered_meanwhile() -> None:
    keeper = limited(1)
    keeper.live(at("14:00"))
    alert = keeper.alerts_of(MORNING)[0]
    [first, *_] = [said for said in keeper.messages if said.kind == "last_word"]
    assert not is_moot(alert, first)
    assert is_moot(replace(alert, state="acknowledged"), first)
    assert is_moot(replace(alert, state="resolved"), first)


# Quiet hours.


@pytest.mark.parametrize(("wakes", "told"), [(("dose", "care"), "bea"), (("care",), "cem"), ((), "cem")])
def test_a_caregiver_says_what_may_wake_them(wakes: tuple[WantKind, ...], told: str) -> None:
    sleeper = replace(BEA, quiet=("11:00", "15:00"), wakes=wakes)
    keeper = started(sleeper, CEM_TOO)
    keeper.send(at("12:01"), missed(MORNING))
    assert letters(keeper)[0][0] == told


def test_a_call_for_help_wakes_whoever_it_is() -> None:
    keeper = started(replace(BEA, quiet=("11:00", "15:00"), wakes=()), CEM_TOO)
    keeper.send(at("12:01"), HelpRequested(because="button"))
    assert letters(keeper)[0][:2] == ("bea", "push")


def test_quiet_hours_are_those_of_where_the_caregiver_lives() -> None:
    """Bea lives in New York: her night begins five hours after Ada's."""
    away = replace(BEA, quiet=("22:00", "07:00"), timezone="America/New_York", wakes=("care",))
    keeper = started(away, CEM_TOO)
    keeper.send(at("11:59"), missed(MORNING))
    assert letters(keeper)[0][0] == "cem", "07:00 in London is 02:00 in New York, and 11:59 is 06:59"
    later = started(away, CEM_TOO)
    later.send(at("12:00"), missed(MORNING))
    assert letters(later)[0][:2] == ("bea", "push")
    assert at("12:00") - at("11:59") == MINUTE_MS
