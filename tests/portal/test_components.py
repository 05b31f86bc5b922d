"""The component macros: each renders, escapes what people typed, and wires errors to its fields."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import DictLoader, Environment, FileSystemLoader
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    EmailField,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from core.differences import Change, Span

TEMPLATES = Path(__file__).parents[2] / "templates"
EVIL = "<script>alert(1)</script>\"'"
WHEN = datetime(2018, 4, 16, 9, 12, tzinfo=UTC)


class Trial(Form):
    """One field of each kind, with text in the labels that must not become markup."""

    name = StringField(
        f"Nome {EVIL}", [InputRequired("Serve un nome")], description=f"Aiuto {EVIL}"
    )
    mail = EmailField(
        "E-mail",
        [InputRequired(), Length(min=40, message=f"Non basta: {EVIL}")],
        description="Di lavoro",
    )
    body = TextAreaField("Testo")
    level = SelectField("Ente", choices=[SelectChoice("", "–"), SelectChoice("1", f"Uno {EVIL}")])
    often = RadioField(
        "Quando?",
        choices=[SelectChoice("s", f"Ogni {EVIL}"), SelectChoice("g", "Mai")],
        validators=[InputRequired("Scegli")],
    )
    themes = SelectMultipleField(
        "Temi",
        choices=[SelectChoice("a", "A"), SelectChoice("b", "B")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    agreed = BooleanField("Ho letto", [InputRequired("Serve la conferma")])

    def hidden_tag(self) -> str:
        return ""


def refused_form() -> Trial:
    form = Trial(MultiDict({"mail": f"a@{EVIL}", "body": EVIL, "level": "1", "themes": "b"}))
    assert not form.validate()
    return form


PERSON = SimpleNamespace(name=f"Anna {EVIL}", url="/iscritti/anna", initials="AP", avatar_url=None)
GONE = SimpleNamespace(name="ex iscritto", url=None, initials=None, avatar_url=None)
BODY = SimpleNamespace(
    name=f"Ente {EVIL}", url="/enti/x", unit=EVIL, contact=PERSON, note=EVIL, state=None
)
OPTION = SimpleNamespace(value=EVIL, label=EVIL, count=3, selected=True)
REGIONS = {
    "viewBox": "0 0 9 9",
    "clips": {"trento": "M0 0"},
    "border": "M0 0",
    "regions": [
        {
            "id": "trento",
            "name": "Trento",
            "istat": "022",
            "nuts": "ITH2",
            "x": 1,
            "y": 1,
            "path": "M0 0",
            "clip": "trento",
        },
        {
            "id": "puglia",
            "name": "Puglia",
            "istat": "16",
            "nuts": "ITF4",
            "x": 5,
            "y": 5,
            "path": "M0 0",
            "clip": None,
        },
    ],
}
ARC = {
    "title": EVIL,
    "url": "/g/x",
    "givers": ["ITH2"],
    "receivers": ["16", "XX0"],
    "giver_names": [EVIL],
}

# A call of every macro; the hostile text stands wherever people's words can come in.
CALLS = {
    "icons": ["icon('search', evil)", "logo()", "arrow()"],
    "follow": ["follow_button('thread', 1, evil)", "follow_button('thread', 2, evil, false)"],
    "crumbs": [
        "crumbs([(evil, '/a'), (evil, none)])",
        "page_head(evil, evil, [(evil, none)], true, none, evil)",
        "sections(evil, [{'label': evil, 'url': '/', 'current': true, 'count': 2}])",
        "head_of_section(evil, 'x', '/a', evil, 3)",
    ],
    "notes": [
        "note('ok', evil, evil)",
        "flashes([('success', evil)])",
        "notified(2, [(evil, evil)], 1, [evil])",
        "todo(evil, evil, evil, '/a')",
        "task(evil, evil, evil, '/a')",
        "live_strip(evil, '/a', evil)",
        "progress(evil, 1, 2, evil)",
    ],
    "forms": [
        "form_tag(form)",
        "error_summary(form)",
        "field(form.name)",
        "field(form.often, option_hints={'s': evil})",
        "field(form.body, hint=evil, preview_url='/p')",
        "preview(form.body)",
        "submit(evil)",
        "post_button('/a', evil, {'name': evil})",
        "search_box('/cerca', evil)",
    ],
    "lists": [
        "ruled()",
        "meta([evil])",
        "go(evil, '/a')",
        "row(evil, '/a', evil, evil, [evil])",
        "cards()",
        "card(evil, '/a', evil)",
        "empty(evil, evil, evil, '/a', more=[(evil, '/b')])",
        "pager('/n', '/o', evil, evil)",
        "status(evil, evil)",
        "active_filters([{'label': evil, 'remove_url': '/a'}], '/b')",
        "filters('/a', evil, {'q': evil})",
        "facet('tema', evil, [option])",
        "sort_form('/a', 'ordine', [option], {'q': [evil]})",
        "facts([(evil, evil)])",
        "file(evil, '/a', 'PDF', '1 MB', evil)",
        "feed_links([(evil, '/a')])",
    ],
    "chips": [
        "chip(evil, 'ok', 'check', '/a')",
        "state(evil, 'active')",
        "state(evil, evil)",
        "dot(evil, true)",
    ],
    "people": [
        "avatar(person)",
        "avatars([person, gone], 2)",
        "who(person, evil)",
        "member(person, body, evil, evil)",
    ],
    "relation": ["rel([evil, body], [body] * 5)", "bridge([body], [body, body], evil, '/a')"],
    "posts": [
        "post(1, person, '<p>reso</p>', when, '/d/1', evil, evil, when, held=true)",
        "action(evil, '/a', evil)",
        "unread(2)",
        "skipped(evil, '/a')",
        "held_notice()",
    ],
    "prose": [
        "prose('<p>reso</p>')",
        "plain(evil ~ '\n\nb')",
        "section(evil, 'x', '<p>reso</p>')",
        "when(moment)",
        "on(moment, evil)",
        "toc([(evil, 'x')])",
    ],
    "difference": ["difference(spans, evil)", "differences([{'label': evil, 'spans': spans}])"],
    "map": ["italy(regions, [arc], region_url)", "table([arc], regions)", "key()"],
}
NEEDS_BODY = {"form_tag", "ruled", "cards", "filters"}


def environment(*, autoescape: bool = True) -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=autoescape,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: text, lambda one, many, n: one if n == 1 else many, newstyle=True
    )
    env.globals.update(
        asset=lambda path: f"/static/{path}",
        url_for=lambda endpoint, **_: "/" + endpoint.replace(".", "/"),
        csrf_token=lambda: "a-token",
        is_followed=lambda _kind, number: number == 1,
    )
    env.filters.update(
        day=str,
        moment=str,
        ago=lambda _: "6 mesi fa",
        number=str,
        initials=lambda name: name[:2].upper(),
    )
    return env


def rendered(family: str, call: str, env: Environment | None = None, **more: Any) -> str:
    """The markup of one call; macros that frame something get a body."""
    macro = call.split("(")[0]
    printed = f"{{% call {call} %}}x{{% endcall %}}" if macro in NEEDS_BODY else f"{{{{ {call} }}}}"
    source = f'{{% from "_components/{family}.html" import {macro} %}}{printed}'
    values: dict[str, Any] = {
        "evil": EVIL,
        "form": refused_form(),
        "option": OPTION,
        "person": PERSON,
        "gone": GONE,
        "body": BODY,
        "regions": REGIONS,
        "arc": ARC,
        "spans": [Span(change, EVIL) for change in Change],
        "region_url": lambda code: f"/g?regione={code}",
        "when": WHEN,
        "moment": WHEN,
    }
    return (env or environment()).from_string(source).render(values | more)


def every_call() -> list[tuple[str, str]]:
    return [(family, call) for family, calls in CALLS.items() for call in calls]


class Elements(HTMLParser):
    """The elements of a page: (tag, attributes)."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def faults_of_escaping(markup: str) -> list[str]:
    """Scripts, handlers, inline styles: what hostile text would become, and the policy refuses."""
    found = Elements(markup).found
    return [tag for tag, _ in found if tag in ("script", "style")] + [
        name
        for _, attributes in found
        for name in attributes
        if name == "style" or name.startswith("on")
    ]


def faults_of_wiring(markup: str) -> list[str]:
    """References to ids that are not there, ids that are there twice, controls without a label."""
    found = Elements(markup).found
    ids = [a["id"] for _, a in found if a.get("id")]
    faults = [f"twice: {name}" for name in {i for i in ids if ids.count(i) > 1}]
    for tag, attributes in found:
        for reference in ("aria-describedby", "aria-labelledby", "for"):
            faults += [
                f"{tag} {reference}: {name}"
                for name in (attributes.get(reference) or "").split()
                if name not in ids
            ]
        target = attributes.get("href") or ""
        if tag == "a" and target.startswith("#") and target[1:] not in ids:
            faults.append(f"link: {target}")
    return faults


@pytest.mark.parametrize(("family", "call"), every_call())
def test_every_macro_escapes_what_people_typed(family: str, call: str) -> None:
    markup = rendered(family, call)
    assert markup.strip()
    assert faults_of_escaping(markup) == []


def test_the_check_of_escaping_can_fail() -> None:
    careless = environment(autoescape=False)
    caught = [
        call
        for family, call in every_call()
        if faults_of_escaping(rendered(family, call, careless))
    ]
    assert "card(evil, '/a', evil)" in caught
    assert "post(1, person, '<p>reso</p>', when, '/d/1', evil, evil, when, held=true)" in caught
    assert len(caught) > len(every_call()) / 2


def test_every_macro_has_a_call_here() -> None:
    for path in (TEMPLATES / "_components").glob("*.html"):
        defined = set(re.findall(r"{%-? macro ([a-z]\w*)\(", path.read_text("utf-8")))
        called = {call.split("(")[0] for call in CALLS.get(path.stem, [])}
        assert defined <= called, path.name


def refused_page(env: Environment | None = None) -> str:
    source = """{% from "_components/forms.html" import form_tag, field, preview %}
{% call form_tag(form) %}
{% for f in form %}{{ field(f, preview_url='/p' if f.name == 'body' else none) }}{% endfor %}
{{ preview(form.body) }}{% endcall %}"""
    return (env or environment()).from_string(source).render(form=refused_form())


def test_errors_are_wired_to_their_fields() -> None:
    markup = refused_page()
    assert faults_of_wiring(markup) == []
    controls = {a.get("id"): a for _, a in Elements(markup).found if a.get("id")}
    assert controls["mail"]["aria-describedby"] == "mail-hint mail-error"
    assert controls["mail"]["aria-invalid"] == "true"
    assert controls["body"].get("aria-describedby") is None
    assert markup.index('id="mail-error"') < markup.index('id="mail"')


def test_the_summary_leads_to_every_field_in_error() -> None:
    links = re.findall(r'href="#([\w-]+)"', rendered("forms", "error_summary(form)"))
    assert links == ["name", "mail", "often-0", "agreed"]


def test_a_refused_form_keeps_what_was_typed() -> None:
    markup = refused_page()
    assert (
        "&lt;script&gt;alert(1)&lt;/script&gt;"
        in markup.split('id="body"')[1].split("</textarea>")[0]
    )
    themes = [a for _, a in Elements(markup).found if a.get("name") == "themes"]
    assert ["checked" in a for a in themes] == [False, True]


def test_only_optional_fields_are_marked() -> None:
    def marked(name: str) -> bool:
        return "facoltativo" in rendered("forms", f"field(form.{name})")

    assert [
        name
        for name in ("name", "mail", "body", "level", "often", "themes", "agreed")
        if marked(name)
    ] == [
        "body",
        "level",
        "themes",
    ]


def test_the_check_of_wiring_can_fail() -> None:
    name = "_components/forms.html"
    source = (TEMPLATES / name).read_text("utf-8")
    broken = source.replace('id="{{ f.id }}-error"', 'id="{{ f.id }}-fault"')
    assert broken != source
    env = environment()
    env.loader = DictLoader(
        {
            name: broken,
            "_components/icons.html": (TEMPLATES / "_components/icons.html").read_text("utf-8"),
        }
    )
    assert any("mail-error" in fault for fault in faults_of_wiring(refused_page(env)))


def test_several_givers_and_receivers_are_all_named() -> None:
    line = rendered("relation", "rel(['Uno', 'Due'], ['Tre', 'Quattro', 'Cinque', 'Sei', 'Sette'])")
    assert all(name in line for name in ("Uno", "Due", "Tre", "Quattro", "Cinque"))
    assert "e altri 2 enti" in line
    large = rendered("relation", "bridge([body, body], [body, body, body], 'x')")
    assert large.count("<path") == 5


def test_the_map_draws_an_arc_and_marks_the_regions() -> None:
    drawn = rendered("map", "italy(regions, [arc], region_url)")
    assert drawn.count('class="arc"') == 1
    assert "r-give" in drawn
    assert "r-take" in drawn
    assert 'href="/g?regione=022"' in drawn
    assert faults_of_wiring(drawn) == []


def test_templates_hold_no_inline_script_or_style() -> None:
    for path in TEMPLATES.rglob("*.html"):
        if "mail" in path.parts:
            continue  # letters have no policy, and clients know no style sheets
        text = path.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", text), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path
