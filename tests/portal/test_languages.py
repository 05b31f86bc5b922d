"""English and German: the catalogues are whole, and the pages speak them."""

from __future__ import annotations

import gettext
import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, render_template
from tests.catalogues import (
    TRANSLATED,
    broken,
    catalogue,
    gather,
    is_translated,
    pairs,
    texts_of,
)
from tests.visitor import Visitor, parse, text_of

from core import i18n

COVERAGE = 0.95
MISSING = "/non-esiste"
PAGES = ("/", "/gemellaggi", "/accedi", MISSING)
SENTENCES = {
    ("en", "/"): "What works in one administration can work in yours.",
    ("en", "/gemellaggi"): "One administration offers a practice that works",
    ("en", "/accedi"): "Anybody can read. With a profile you reply",
    ("en", MISSING): "Page not found",
    ("de", "/"): "Was in einer Verwaltung funktioniert, kann auch in Ihrer funktionieren.",
    ("de", "/gemellaggi"): "Eine Verwaltung bietet ein Verfahren an, das funktioniert",
    ("de", "/accedi"): "Lesen können alle. Mit einem Profil antworten",
    ("de", MISSING): "Seite nicht gefunden",
}


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """All texts that stand in code, templates and mails today."""
    return gather(tmp_path_factory.mktemp("texts"))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the catalogues as they are committed, whatever was compiled before."""
    folder = tmp_path_factory.mktemp("translations")
    for language in TRANSLATED:
        target = folder / language / "LC_MESSAGES" / "messages.mo"
        target.parent.mkdir(parents=True)
        target.write_bytes(_compile(catalogue(language)))
    return folder


@pytest.fixture
def speaking(app: Flask, compiled: Path, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """A visitor of a site with these catalogues."""
    babel = app.extensions["babel"]
    monkeypatch.setattr(babel, "translation_directories", [str(compiled)])
    monkeypatch.setattr(babel.instance.domain_instance, "cache", {})
    return Visitor(app)


def _compile(texts: Catalog) -> bytes:
    target = BytesIO()
    write_mo(target, texts)
    return target.getvalue()


# The catalogues


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_compiles(language: str) -> None:
    translations = gettext.GNUTranslations(BytesIO(_compile(catalogue(language))))
    home = {"en": "Organisations", "de": "Einrichtungen"}
    assert translations.gettext("Enti") == home[language]
    one, many = "%(num)s ente", "%(num)s enti"
    assert translations.ngettext(one, many, 1) != translations.ngettext(one, many, 2)


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_guessed_or_left_over(language: str, texts: Catalog) -> None:
    found = catalogue(language)
    assert [message.id for message in texts_of(found) if message.fuzzy] == []
    assert list(found.obsolete) == []
    assert [str(error) for _, errors in found.check() for error in errors] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_and_tags_are_kept(language: str) -> None:
    assert broken(catalogue(language)) == []


def test_the_check_above_can_fail() -> None:
    seeded = Catalog(locale="en")
    seeded.add("Sono %(num)s enti", "There are organisations")
    seeded.add(("%(num)s ente", "%(num)s enti"), ("%(num)s body", "%(nun)s bodies"))
    seeded.add('Leggi l’<a href="%(url)s">informativa</a>', "Read the %(url)s")
    seeded.add("fino al 200 %%", "up to 200 %")
    seeded.add("da %(day)s", "from %(day)s")
    assert len(broken(seeded)) == 4


@pytest.mark.parametrize("language", TRANSLATED)
def test_nearly_everything_is_translated(language: str, texts: Catalog) -> None:
    found = catalogue(language)
    wanted = list(texts_of(texts))
    missing = [one for one in wanted if not is_translated(found.get(one.id, one.context))]
    share = 1 - len(missing) / len(wanted)
    assert share >= COVERAGE, f"{language}: {share:.1%}, without " + "; ".join(
        str(one.id) for one in missing
    )


@pytest.mark.parametrize("language", TRANSLATED)
def test_quotes_and_apostrophes_are_typographic(language: str) -> None:
    outside_tags = (
        re.sub(r"<[^>]*>", "", string)
        for message in texts_of(catalogue(language))
        for _, string in pairs(message)
    )
    foreign = "'\"«»" + ("„" if language == "en" else "”")
    assert [string for string in outside_tags if set(string) & set(foreign)] == []


# The pages


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", TRANSLATED)
def test_a_page_speaks_the_language_of_its_address(
    speaking: Visitor, language: str, path: str
) -> None:
    response = speaking.get(f"/{language}{path}")
    assert response.status_code == (404 if path == MISSING else 200)
    assert parse(response).get("lang") == language
    assert SENTENCES[language, path] in text_of(response)


def test_without_a_prefix_it_is_italian(speaking: Visitor) -> None:
    speaking.get("/en/")
    response = speaking.get("/")
    assert parse(response).get("lang") == "it"
    assert "Quello che funziona in un’amministrazione può funzionare" in text_of(response)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", TRANSLATED)
def test_links_and_forms_stay_in_the_language(speaking: Visitor, language: str, path: str) -> None:
    page = parse(speaking.get(f"/{language}{path}"))
    ways = page.xpath("//body//a[not(@hreflang)]/@href") + page.xpath("//body//form/@action")
    inside = [way for way in ways if way.startswith("/")]
    assert len(inside) > 10
    assert [way for way in inside if not way.startswith(f"/{language}/")] == []


@pytest.mark.parametrize("path", PAGES[:3])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_each_page_names_itself_in_the_other_languages(
    speaking: Visitor, language: str, path: str
) -> None:
    # Whole, since what gathers pages does not take parts of addresses.
    own = f"http://localhost{path if language == i18n.DEFAULT else f'/{language}{path}'}"
    page = parse(speaking.get(own))
    named = {
        link.get("hreflang"): link.get("href")
        for link in page.xpath("//head/link[@rel='alternate'][@hreflang]")
    }
    assert set(named) == set(i18n.LANGUAGES)
    assert named[language] == own
    assert page.xpath("//head/link[@rel='canonical']/@href") == [own]
    for code, address in named.items():
        assert speaking.page(address).get("lang") == code
    offered = {link.get("hreflang") for link in page.xpath("//body//a[@hreflang]")}
    assert offered == set(i18n.LANGUAGES) - {language}


def test_the_filters_of_a_list_survive_a_change_of_language(speaking: Visitor) -> None:
    page = speaking.page("/gemellaggi?tema=smart-city&stato=active")
    (german,) = page.xpath("//body//a[@hreflang='de']/@href")
    assert german == "/de/gemellaggi?tema=smart-city&stato=active"


def test_dates_are_written_as_readers_know_them(speaking: Visitor) -> None:
    when = datetime(2018, 4, 16, 7, 12, tzinfo=UTC)
    said = {}
    for code in i18n.LANGUAGES:
        with i18n.speaking(code, "http://localhost"):
            said[code] = (i18n.day(when), i18n.moment(when))
    assert said == {
        "it": ("16 aprile 2018", "16 aprile 2018, 9:12"),
        "en": ("16 April 2018", "16 April 2018, 9:12"),
        "de": ("16. April 2018", "16. April 2018, 9:12"),
    }


@pytest.mark.parametrize("form", ["html", "txt"])
def test_mails_are_written_in_the_language_of_their_reader(speaking: Visitor, form: str) -> None:
    """One after the other in the same application context, as the worker sends them."""
    mails = [_mail(code, form) for code in i18n.LANGUAGES]
    greetings = ("Buongiorno Anna,", "Hello Anna,", "Guten Tag Anna,")
    validity = ("vale 3 giorni.", "is valid for 3 days.", "gilt 3 Tage.")
    for mail, greeting, sentence in zip(mails, greetings, validity, strict=True):
        assert greeting in mail
        assert sentence in mail


def _mail(language: str, form: str) -> str:
    with i18n.speaking(language, "http://localhost"):
        return render_template(
            f"members/mail/confirm.{form}",
            subject="",
            addressee=SimpleNamespace(first_name="Anna", language=language),
            home="",
            url="http://localhost/conferma/x",
            days=3,
        )
