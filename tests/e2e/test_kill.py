"""kill -9 of each process in the middle of the first story: it still ends right, each thing once."""

from __future__ import annotations

from tests.e2e.product import Product, WebClient, until
from tests.e2e.story import (
    OPENING,
    Customer,
    assert_waived_and_issued_once,
    rows,
    signed_in,
    someone_like,
    tells,
)


def offered(product: Product) -> tuple[Customer, WebClient]:
    """A customer who has been told the findings and the ways out."""
    customer = someone_like(product, "first-story")
    client = signed_in(product, customer)
    tells(product, client, *OPENING, holding="3.000")
    return customer, client


def begun(product: Product, client: WebClient) -> bool:
    """Whether the waiver is written down, so that its call is on the way."""
    found = rows(
        product,
        "SELECT 1 FROM remedies JOIN cases ON cases.id = case_id WHERE conversation_id = ? AND step = 'waive'",
        client.conversation,
    )
    return bool(found)


def await_ticket(product: Product, client: WebClient) -> None:
    """What is not certain yet is settled by a job of Kawan's own, some minutes later on the product's clock."""
    told = client.wait_for_reply(150)
    if "/t/" not in told:
        assert product.kawan("clock", "advance", "5m").returncode == 0
        client.wait_for_reply(150, holding="/t/")


def test_the_app_is_killed_while_the_remedy_is_carried_out(product: Product) -> None:
    customer, client = offered(product)
    product.control.add_fault("slow", seconds=3, calls=1, operations=("waive",))
    client.choose("Hapus selisih")
    until(lambda: begun(product, client), 60, "the waiver")
    old = product.kill("app")
    product.wait_restarted("app", old, 150)
    await_ticket(product, client)
    assert_waived_and_issued_once(product, client, customer.code)


def test_the_brain_is_killed_before_the_choice_is_understood(product: Product) -> None:
    customer, client = offered(product)
    old = product.kill("brain")
    client.send("yang pertama aja min")
    client.wait_for_reply(150, holding="/t/")
    product.wait_restarted("brain", old, 150)
    assert_waived_and_issued_once(product, client, customer.code)


def test_the_company_is_killed_after_it_acted_and_before_it_said_so(product: Product) -> None:
    customer, client = offered(product)
    product.control.add_fault("timeout_after_acting", seconds=60, calls=1, operations=("waive",))
    client.choose("Hapus selisih")
    until(lambda: product.backend.booking(customer.code).waived == 3000, 60, "the waiver")
    old = product.kill("demo")
    product.wait_restarted("demo", old, 150)
    await_ticket(product, client)
    assert_waived_and_issued_once(product, client, customer.code)
