"""The mailer meets a real mail server, and one that has a bad day."""

import poplib

import pytest

from mailer import Mailer, NotSent


@pytest.fixture
def mailer(smtp_server):
    return Mailer(smtp_server.host, smtp_server.port, pause=0.01, timeout=5)


def test_a_reminder_arrives(mailer, smtp_server):
    assert mailer.remind(["ann@example.org", "bob@example.org"], "the dentist") == set()
    (mail,) = smtp_server.received
    assert mail.subject == "Reminder: the dentist"
    assert mail.recipients == ("ann@example.org", "bob@example.org")
    assert mail.message.get_content() == "Don't forget: the dentist.\r\n"


def test_umlauts_arrive(mailer, smtp_server):
    mailer.remind(["ann@example.org"], "Müll & Öl")
    assert smtp_server.received[0].subject == "Reminder: Müll & Öl"


def test_twice_busy_then_sent(mailer, smtp_server):
    smtp_server.refuse("421", times=2)
    mailer.remind(["ann@example.org"], "the dentist")
    assert len(smtp_server.received) == 1


def test_busy_for_too_long(mailer, smtp_server):
    smtp_server.refuse("451", at="DATA", text="the disk is full")
    with pytest.raises(NotSent, match="tried 3 times, at last: .*the disk is full"):
        mailer.remind(["ann@example.org"], "the dentist")
    assert not smtp_server.received


def test_no_is_no(mailer, smtp_server):
    smtp_server.refuse("554", at="MAIL")
    with pytest.raises(NotSent, match="^554"):
        mailer.remind(["ann@example.org"], "the dentist")
    assert len(smtp_server.accesses) <= 1, "it asks once"


def test_who_isnt_known_is_told(mailer, smtp_server):
    smtp_server.refuse("550", at="RCPT", target="bob@*")
    assert mailer.remind(["ann@example.org", "bob@example.org"], "the dentist") == {"bob@example.org"}
    assert smtp_server.received[0].recipients == ("ann@example.org",)
    assert mailer.remind(["bob@example.org"], "the dentist") == {"bob@example.org"}


def test_greylisted_at_first(mailer, smtp_server):
    smtp_server.refuse("450", at="RCPT", times=1)
    assert mailer.remind(["ann@example.org"], "the dentist") == set()


def test_cut_in_the_middle_of_a_mail(mailer, smtp_server):
    with smtp_server.fault("reset:300:to=server:on=1"):
        mailer.remind(["ann@example.org"], "the dentist " * 20)
    assert len(smtp_server.received) == 1


def test_a_silent_server_doesnt_hold_us(smtp_server):
    smtp_server.fault("stall:0")
    with pytest.raises(NotSent, match="timed out"):
        Mailer(*smtp_server.address, attempts=2, pause=0.01, timeout=0.2).remind(["ann@example.org"], "the dentist")


def test_a_server_that_comes_back(mailer, smtp_server):
    smtp_server.stop()
    with pytest.raises(NotSent, match="refused"):
        mailer.remind(["ann@example.org"], "the dentist")
    smtp_server.start()
    mailer.remind(["ann@example.org"], "the dentist")
    assert len(smtp_server.received) == 1


@pytest.mark.server(accounts=["reminders:secret", "ann:secret"])
def test_with_a_login_over_tls(smtp_server):
    tls = smtp_server.ssl_context()
    mailer = Mailer("localhost", smtp_server.port, login=("reminders", "secret"), tls=tls, pause=0.01)
    mailer.remind(["ann@example.org"], "the dentist")
    assert [access.user for access in smtp_server.accesses if access.verb == "MAIL"] == ["reminders"]
    mailer.login = ("reminders", "guess")
    with pytest.raises(NotSent, match="^535"):
        mailer.remind(["ann@example.org"], "the dentist")


def test_an_expired_certificate_isnt_trusted(smtp_server):
    smtp_server.fault("certificate:expired")
    mailer = Mailer("localhost", smtp_server.port, tls=smtp_server.ssl_context(), pause=0.01)
    with pytest.raises(NotSent, match="certificate has expired"):
        mailer.remind(["ann@example.org"], "the dentist")


def test_what_was_sent_can_be_read(smtp_server, serve):
    """Two protocols serve one content."""
    Mailer(*smtp_server.address).remind(["ann@example.org"], "the dentist")
    post = serve("pop3s", smtp_server.content, accounts=["ann:secret"])
    box = poplib.POP3_SSL(*post.address, timeout=5, context=post.ssl_context())
    try:
        box.user("ann")
        box.pass_("secret")
        assert b"Subject: Reminder: the dentist" in box.retr(1)[1]
    finally:
        box.quit()
