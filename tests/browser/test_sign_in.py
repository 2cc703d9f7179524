"""People sign in, see what they may do, and leave nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.pictures import blotches
from tests.browser.settling import settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.person import Person
    from tests.browser.stack import Stack

pytestmark = pytest.mark.browser


def views(page: Page) -> list[str]:
    """The views that the navigation offers."""
    links = page.get_by_role("navigation", name="Views").get_by_role("link")
    return [each.strip() for each in links.all_inner_texts()]


def expire(person: Person) -> None:
    """Let the API refuse the person's token, and the issuer every renewal."""
    refuse(person)
    answer(person, status=400, body='{"error": "invalid_grant"}')


def answer(person: Person, **given: Any) -> None:
    """Let the issuer give this answer to every request for tokens."""
    served = person.served
    origin = {"access-control-allow-origin": served.api_url}
    person.page.route(
        f"{served.issuer_url}/token", lambda route: route.fulfill(headers=origin, **given)
    )


def refuse(person: Person) -> None:
    """Let the API refuse every token."""
    person.watch.expect(r"status of 40[01]")
    refused = {"www-authenticate": 'Bearer error="invalid_token"'}
    page, served = person.page, person.served
    for path in ("images", "reviews", "stats", "decisions"):
        for pattern in (
            f"{served.api_url}/{path}",
            f"{served.api_url}/{path}?*",
            f"{served.api_url}/{path}/**",
        ):
            page.route(
                pattern,
                lambda route: route.fulfill(
                    status=401, headers=refused, body='{"message": "Unauthorized"}'
                ),
            )


def renewals(person: Person) -> int:
    """Return how often the page has asked for other tokens without the person."""
    asked = [each.post_data or "" for each in person.watch.requests if each.method == "POST"]
    return sum("grant_type=refresh_token" in each for each in asked)


def sign_in_again(person: Person, name: str) -> None:
    """Sign in in the window that the page opens."""
    person.page.unroute_all()
    with person.page.expect_popup() as opened:
        person.page.get_by_role("button", name="Sign in again").click()
    person.give_name(opened.value, name)


def test_person_sees_what_they_may_do(people: Callable[..., Person]) -> None:
    uploader = people().sign_in("ulla", "images:read", "images:write").page
    assert views(uploader) == ["Pictures", "Upload"]
    assert views(people().sign_in("vera").page) == ["Pictures", "Upload", "Review", "Numbers"]


def test_signing_out_leaves_nothing(person: Person, served: Stack) -> None:
    served.await_status(served.put("uploads/out.jpg", blotches(700)), "approved")
    page = person.sign_in("vera").page
    expect(page.get_by_text("out.jpg").first).to_be_attached()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("main").get_by_role("button", name="Sign in")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
    assert "out.jpg" not in page.evaluate("JSON.stringify(localStorage)")
    expect(page.get_by_text("out.jpg")).to_have_count(0)


def test_another_person_never_sees_what_the_first_did(person: Person, served: Stack) -> None:
    page = person.sign_in("vera").page
    expire(person)
    page.evaluate("location.hash = '#/numbers'")
    expect(page.get_by_text("Your sign-in has expired.")).to_be_visible()
    sign_in_again(person, "ulla")
    expect(page.get_by_text("ulla")).to_be_visible()
    expect(page.get_by_text("vera")).to_have_count(0)


def test_api_that_refuses_new_tokens_too_is_told(person: Person) -> None:
    page = person.sign_in("vera").page
    person.open("#/numbers")
    settle(page)
    refuse(person)
    page.get_by_label("Period").select_option("week")
    told = page.get_by_text("The API refuses your sign-in although it is new.")
    expect(told).to_be_visible()
    # Two requests, each of which may ask once.
    assert 1 <= renewals(person) <= 2
    sign_in_again(person, "vera")
    expect(told).to_have_count(0)
    expect(page.get_by_text("Waiting for review")).to_be_visible()


def test_issuer_that_does_not_answer_ends_no_sign_in(person: Person) -> None:
    person.watch.expect("status of 503")
    page = person.sign_in("vera").page
    person.open("#/numbers")
    settle(page)
    refuse(person)
    answer(person, status=503, body="")
    page.get_by_label("Period").select_option("week")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in again")).to_have_count(0)
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Waiting for review")).to_be_visible()


def test_refused_sign_in_in_another_window_is_told_there(person: Person) -> None:
    page = person.sign_in("vera").page
    expire(person)
    person.open("#/numbers")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Sign in again").click()
    expect(opened.value.get_by_label("Name")).to_be_visible()
    back, state = opened.value.evaluate(
        "['redirect_uri', 'state'].map(each => new URLSearchParams(location.search).get(each))"
    )
    opened.value.goto(f"{back}?state={state}&error=access_denied&error_description=Not%20allowed")
    expect(opened.value.get_by_role("alert").get_by_text("Not allowed")).to_be_visible()
    expect(page.get_by_text("Your sign-in has expired.")).to_be_visible()


def test_refused_sign_in_is_told(person: Person, served: Stack) -> None:
    person.page.goto(f"{served.console}/")
    person.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(person.page.get_by_label("Name")).to_be_visible()
    back = person.page.evaluate("new URLSearchParams(location.search).get('redirect_uri')")
    state = person.page.evaluate("new URLSearchParams(location.search).get('state')")
    person.page.goto(f"{back}?state={state}&error=access_denied&error_description=Not%20allowed")
    expect(person.page.get_by_role("alert").get_by_text("Not allowed")).to_be_visible()
