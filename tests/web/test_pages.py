"""Unsubscribe, preferences, browser view and pixel in a real HTTP client: looking changes nothing, posting acts."""

import random
import string
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from restock_desk.errors import DeskError
from restock_desk.services import pictures, shop
from restock_desk.services.desk import Desk
from restock_desk.store import Store, schema
from tests.builders import add_interest, add_product
from tests.ledger_rows import address, delivery, measured, person_of, sent_campaign
from tests.web.conftest import CHROME

Tokens = Callable[..., str]
SCANNERS = ("", "curl/8.5", "Barracuda Sentinel", CHROME, "Mimecast URL scan", "python-requests/2.32")


def hits(store: Store, kind: str) -> list[dict[str, object]]:
    with store.reading() as u:
        table = schema.feedback_event
        rows = u.connection.execute(select(table).where(table.c.kind == kind).order_by(table.c.id))
        return [dict(row._mapping) for row in rows]


def test_two_hundred_scanners_unsubscribe_nobody(desk: Desk, web: httpx.Client, token: Tokens) -> None:
    (id,) = sent_campaign(desk.store)
    path = f"/u/{token('unsubscribe', id)}"
    for number in range(200):
        agent = {"user-agent": SCANNERS[number % len(SCANNERS)]}
        answer = web.request("HEAD" if number % 3 == 0 else "GET", path, headers=agent)
        assert answer.status_code == 200
    assert person_of(desk.store, id)["consent"] == "subscribed"
    assert person_of(desk.store, id)["suppressed"] is None
    assert not hits(desk.store, "unsubscribed")


@pytest.mark.parametrize(
    "content",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b""},
    ],
)
def test_one_post_unsubscribes_at_once(
    desk: Desk, web: httpx.Client, token: Tokens, content: dict[str, object]
) -> None:
    (id,) = sent_campaign(desk.store)
    answer = web.post(f"/u/{token('unsubscribe', id)}", headers={"user-agent": ""}, **content)  # type: ignore[arg-type]  # one of three bodies
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert not answer.is_redirect
    assert person_of(desk.store, id)["consent"] == "unsubscribed"
    assert person_of(desk.store, id)["suppressed"] == "unsubscribe"
    assert delivery(desk.store, id)["outcome"] == "unsubscribed"


def test_posting_twice_is_answered_alike(desk: Desk, any_web: httpx.Client, any_desk: Desk) -> None:
    from tests.web.conftest import token_maker

    (id,) = sent_campaign(any_desk.store)
    path = f"/u/{token_maker(any_desk)('unsubscribe', id)}"
    first, second = any_web.post(path), any_web.post(path)
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert "unsubscribed" in any_web.get(path).text
    assert len(hits(any_desk.store, "unsubscribed")) == 1


def test_a_thousand_mutations_of_a_token_are_all_the_same_404(desk: Desk, web: httpx.Client, token: Tokens) -> None:
    (id,) = sent_campaign(desk.store)
    chance = random.Random(11)
    alphabet = string.ascii_letters + string.digits + "-_"
    bodies = set()
    for number in range(1_000):
        purpose, route, ending = (("open", "o", ".gif"), ("click", "c", ""), ("unsubscribe", "u", ""))[number % 3]
        good = token(purpose, id)
        place = chance.randrange(len(good))
        bad = good[:place] + chance.choice(alphabet.replace(good[place], "")) + good[place + 1 :]
        if number % 10 == 0:
            bad = good[: chance.randrange(38)] or "x"
        answer = web.request(
            chance.choice(("GET", "GET", "POST")) if route == "u" else "GET", f"/{route}/{bad}{ending}"
        )
        assert answer.status_code == 404
        bodies.add(answer.content)
    assert len(bodies) == 1
    assert not hits(desk.store, "opened")
    assert person_of(desk.store, id)["consent"] == "subscribed"


def test_a_token_opens_only_the_door_it_was_made_for(desk: Desk, web: httpx.Client, token: Tokens) -> None:
    (id,) = sent_campaign(desk.store)
    doors = {"open": "/o/{}.gif", "click": "/c/{}", "unsubscribe": "/u/{}", "preferences": "/p/{}", "browser": "/b/{}"}
    for purpose in doors:
        for other, path in doors.items():
            if other != purpose:
                assert web.get(path.format(token(purpose, id))).status_code == 404
    assert web.post(f"/u/{token('open', id)}").status_code == 404
    assert web.get(f"/u/{token('unsubscribe', 999)}").status_code == 404
    assert web.get("/nothing/here").status_code == 404


def test_the_pixel_is_the_same_bytes_and_counts_a_message_once(desk: Desk, web: httpx.Client, token: Tokens) -> None:
    (id,) = sent_campaign(desk.store)
    path = f"/o/{token('open', id)}.gif"
    answers = [web.get(path) for _ in range(10)]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].headers["content-type"] == "image/gif"
    assert "no-store" in answers[0].headers["cache-control"]
    assert len(hits(desk.store, "opened")) == 1  # the clock stands: ten loads in one second are one hit
    assert (measured(desk.store)["opened_human"], measured(desk.store)["opens_total"]) == (1, 1)


def test_head_and_prefetch_are_flagged_as_machines(desk: Desk, web: httpx.Client, token: Tokens) -> None:
    ids = sent_campaign(desk.store, 2)
    web.head(f"/o/{token('open', ids[0])}.gif")
    web.get(f"/o/{token('open', ids[1])}.gif", headers={"sec-purpose": "prefetch;prerender"})
    assert [(hit["who"], hit["subkind"]) for hit in hits(desk.store, "opened")] == [("machine", "prefetch")] * 2


def test_a_hostile_user_agent_is_kept_as_text(desk: Desk, web: httpx.Client, token: Tokens) -> None:
    (id,) = sent_campaign(desk.store)
    agent = "<script>alert(1)</script>'; drop table delivery; -- ${jndi:ldap://x}" + "A" * 2_000
    assert web.get(f"/o/{token('open', id)}.gif", headers={"user-agent": agent}).status_code == 200
    (hit,) = hits(desk.store, "opened")
    assert hit["user_agent"] == agent[:300]


def test_every_answer_carries_the_security_headers(desk: Desk, web: httpx.Client, token: Tokens) -> None:
    (id,) = sent_campaign(desk.store)
    for path in (f"/u/{token('unsubscribe', id)}", f"/p/{token('preferences', id)}", "/x", "/healthz", "/u/none"):
        headers = web.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in headers
        assert "server" not in headers


def test_pages_show_nothing_that_tells_whose_they_are(desk: Desk, web: httpx.Client, token: Tokens) -> None:
    (id,) = sent_campaign(desk.store)
    for path in (f"/u/{token('unsubscribe', id)}", f"/p/{token('preferences', id)}"):
        assert address(desk.store, id) not in web.get(path).text
        assert "<script" not in web.get(path).text


def test_preferences_list_what_a_person_waits_for_and_stop_one(desk: Desk, web: httpx.Client, token: Tokens) -> None:
    mine, other = sent_campaign(desk.store, 2)
    shirt = add_product(desk.store, "TEE-M", title="Shirt <b>bold</b>")
    mug = add_product(desk.store, "MUG", title="Mug")
    person, stranger = (person_of(desk.store, id)["id"] for id in (mine, other))
    assert isinstance(person, int)
    assert isinstance(stranger, int)
    first = add_interest(desk.store, person, shirt.id)
    add_interest(desk.store, person, mug.id)
    theirs = add_interest(desk.store, stranger, mug.id)
    path = f"/p/{token('preferences', mine)}"
    page = web.get(path).text
    assert "Shirt &lt;b&gt;bold&lt;/b&gt;" in page
    assert "Mug" in page
    assert web.post(path, data={"interest": str(theirs)}).status_code == 404
    assert web.post(path, data={"interest": "1 or 1=1"}).status_code == 404
    after = web.post(path, data={"interest": str(first)})
    assert after.status_code == 200
    assert "Shirt" not in after.text
    assert "Mug" in after.text
    web.post(path, data={"all": "yes"})
    assert person_of(desk.store, mine)["consent"] == "unsubscribed"
    assert person_of(desk.store, other)["consent"] == "subscribed"


def test_large_bodies_are_refused_before_they_act(desk: Desk, web: httpx.Client, token: Tokens) -> None:
    (id,) = sent_campaign(desk.store)
    assert web.post(f"/u/{token('unsubscribe', id)}", content=b"x" * 100_000).status_code == 413
    assert person_of(desk.store, id)["consent"] == "subscribed"


def test_health_is_told(web: httpx.Client) -> None:
    assert web.get("/healthz").json() == {"ok": True}


def test_a_picture_that_authors_brought_is_served_for_good_and_others_are_not_there(
    desk: Desk, web: httpx.Client, tmp_path: Path
) -> None:
    shop.save(desk, replace(shop.shop(desk), public_url="https://alerts.shop.example"))
    file = tmp_path / "a.gif"
    file.write_bytes(b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\1D\0;")
    path = pictures.keep(desk, file).removeprefix("https://alerts.shop.example")
    answer = web.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.content == file.read_bytes()
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert web.get("/i/" + "x" * 32 + ".gif").status_code == 404
    file.write_bytes(b"<svg onload=alert(1)>")
    with pytest.raises(DeskError):
        pictures.keep(desk, file)
