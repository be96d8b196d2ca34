"""What the network can and cannot tell about whose a view was."""

from __future__ import annotations

from daccord.demo.thirdparties.social.browsers import describe_browser
from daccord.demo.thirdparties.social.knowledge import Knowledge, Via, View


def view(
    page: str = "/fr/a",
    *,
    via: Via = Via.WIDGET,
    cookie_id: str | None = None,
    script_id: str | None = None,
    section: str = "",
) -> View:
    return View(
        at_ms=1,
        via=via,
        page=page,
        title="",
        section=section,
        cookie_id=cookie_id,
        script_id=script_id,
    )


def test_a_view_without_an_id_is_counted_and_nobodys() -> None:
    knowledge = Knowledge()
    knowledge.add(view(via=Via.PIXEL))
    assert (knowledge.people(), knowledge.nameless()) == ((), 1)


def test_the_id_kept_on_the_site_is_enough_to_know_a_browser_again() -> None:
    knowledge = Knowledge()
    knowledge.add(view("/fr/a", script_id="s"))
    knowledge.add(view("/fr/b", script_id="s"))
    (person,) = knowledge.people()
    assert (person.id, [v.page for v in person.views]) == ("s", ["/fr/b", "/fr/a"])


def test_both_ids_once_together_are_one_person_from_then_on_and_before() -> None:
    knowledge = Knowledge()
    knowledge.add(view("/fr/a", script_id="s"))
    knowledge.add(view("/fr/b", script_id="s", cookie_id="c"))
    knowledge.add(view("/fr/c", cookie_id="c", via=Via.EMBED))
    (person,) = knowledge.people()
    assert (person.id, sorted(person.ids), len(person.views)) == ("c", ["c", "s"], 3)


def test_likes_count_page_views_and_not_every_signal_of_one_page() -> None:
    knowledge = Knowledge()
    knowledge.add(view("/fr/a", cookie_id="c", section="Littoral"))
    knowledge.add(view("/fr/a", cookie_id="c", via=Via.EMBED, section="Littoral"))
    knowledge.add(view("/fr/b", cookie_id="c", section="Littoral"))
    knowledge.add(view("/fr/c", cookie_id="c", section="La ville"))
    assert knowledge.people()[0].sections == [("Littoral", 2), ("La ville", 1)]


def test_leaving_a_page_tells_how_long_it_was_read() -> None:
    knowledge = Knowledge()
    knowledge.add(view("/fr/a", script_id="s"))
    knowledge.add(view("/fr/b", script_id="s"))
    knowledge.note_leaving("s", "/fr/a", seconds=7, depth=40)
    assert [(v.seconds, v.depth) for v in knowledge.views] == [(7, 40), (None, None)]


def test_leaving_a_page_that_was_never_seen_changes_nothing() -> None:
    knowledge = Knowledge()
    knowledge.note_leaving("s", "/fr/a", seconds=7, depth=40)
    assert knowledge.views == []


def test_everything_is_forgotten_on_demand() -> None:
    knowledge = Knowledge()
    knowledge.add(view(script_id="s", cookie_id="c"))
    knowledge.clear()
    assert (knowledge.views, knowledge.same_as, knowledge.people()) == ([], {}, ())


async def test_who_watches_is_told_of_each_change_until_they_stop() -> None:
    knowledge = Knowledge()
    event = knowledge.watch()
    knowledge.add(view())
    assert event.is_set()
    event.clear()
    knowledge.unwatch(event)
    knowledge.add(view())
    assert not event.is_set()


def test_a_browser_is_named_by_its_kind_only() -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"
    assert describe_browser(agent) == "Chromium, Linux"
    assert describe_browser("curl/8") == ""
