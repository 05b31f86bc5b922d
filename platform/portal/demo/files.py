"""The files of the demo: figures of the family districts, as a table and as a picture; a page
about TrePu, and an agreement to be filled in.

They are made when the demo is loaded, so that no binary lies in the source.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from attachments.services import add_attachment, receive
from core.actor import Actor
from core.references import Reference
from portal.demo.papers import odt, pdf, read

PUBLIC, PRIVATE, DISTRICTS = 172, 451, 15
_SIZE = (1_200, 480)
_BLUE, _WARM, _INK, _MUTED = "#0059b3", "#b35900", "#17324d", "#5a6772"


def attach_figures(story: Reference, twinning: Reference, *, by: Actor) -> None:
    """Hang the table on the story and the picture on the twinning."""
    _attach(
        story,
        _table().encode(),
        "distretti-famiglia-adesioni.csv",
        "Distretti famiglia: le adesioni in numeri",
        by=by,
    )
    _attach(
        twinning,
        _picture(),
        "organizzazioni-aderenti.png",
        "Le organizzazioni che aderiscono ai Distretti famiglia",
        "Una barra in due parti: 172 organizzazioni pubbliche (28 %) e 451 private (72 %).",
        by=by,
    )


def attach_papers(story: Reference, twinning: Reference, *, by: Actor) -> None:
    """Hang the agreement on the story and the page on the twinning."""
    agreement, page = read("accordo-di-area"), read("trepu-in-una-pagina")
    _attach(story, odt(agreement), "accordo-di-area-traccia.odt", agreement.title, by=by)
    _attach(twinning, pdf(page), "trepu-in-una-pagina.pdf", page.title, by=by)


def _attach(
    thing: Reference, data: bytes, name: str, title: str, description: str = "", *, by: Actor
) -> None:
    file = receive(file=BytesIO(data), sent_name=name, is_described=bool(description), by=by)
    add_attachment(
        thing=thing, space_id=None, title=title, description=description, file=file, by=by
    )


def _table() -> str:
    rows = (
        ("indicatore", "valore"),
        ("distretti attivi", DISTRICTS),
        ("organizzazioni aderenti", PUBLIC + PRIVATE),
        ("di cui pubbliche", PUBLIC),
        ("di cui private", PRIVATE),
    )
    return "".join(f"{name};{value}\n" for name, value in rows)


def _picture() -> bytes:
    """One bar, as long as all are, cut where the public ones end."""
    image = Image.new("RGB", _SIZE, "white")
    draw = ImageDraw.Draw(image)
    large, small = ImageFont.load_default(64), ImageFont.load_default(34)
    left, right, top, bottom = 60, _SIZE[0] - 60, 190, 290
    cut = left + (right - left) * PUBLIC // (PUBLIC + PRIVATE)
    draw.text((left, 40), f"{PUBLIC + PRIVATE} organizzazioni", font=large, fill=_INK)
    draw.text((left, 120), f"in {DISTRICTS} Distretti famiglia", font=small, fill=_MUTED)
    draw.rectangle((left, top, cut - 4, bottom), fill=_WARM)
    draw.rectangle((cut, top, right, bottom), fill=_BLUE)
    for at, number, word, colour in (
        (left, PUBLIC, "pubbliche", _WARM),
        (cut, PRIVATE, "private", _BLUE),
    ):
        share = round(100 * number / (PUBLIC + PRIVATE))
        draw.text((at, bottom + 24), f"{number} {word}", font=small, fill=colour)
        draw.text((at, bottom + 68), f"{share} %", font=small, fill=_MUTED)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
