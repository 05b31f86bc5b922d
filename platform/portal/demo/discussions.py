"""The demo's discussions: people who ask and answer each other, all invented like their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from core import clock
from core.actor import Actor
from core.references import Reference
from core.text import render_markdown
from forum import services
from forum.models import Post, Reacting
from taxonomy.queries import theme_by_code


@dataclass(frozen=True, slots=True)
class Said:
    """A message: who writes it, ``hours`` after the discussion was opened, and what it does.

    ``quotes`` and ``answers`` are numbers of earlier messages, the quoted words come with it;
    ``useful`` and ``thanks`` are those who said so of it.
    """

    by: str
    hours: int
    text: str
    body: str = ""
    answers: int = 0
    quotes: str = ""
    useful: Sequence[str] = ()
    thanks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """A discussion that began ``days`` ago with its first message; ``closed_for`` a body."""

    title: str
    days: int
    said: Sequence[Said]
    theme: str = ""
    about: str = ""
    best: int = 0
    closed_for: str = ""
    why_closed: str = ""


TALKS = (
    Talk(
        title="Come avete convinto le prime organizzazioni ad aderire?",
        theme="family-districts",
        days=12,
        best=2,
        said=(
            Said(
                "a.dimauro",
                0,
                "Buongiorno a tutti. Nel nostro ambito vorremmo far nascere un distretto famiglia, "
                "ma alle prime riunioni sono venuti quasi soltanto i comuni. **Come avete fatto a "
                "portare al tavolo anche le imprese e le associazioni?** Mi aiuterebbero esempi "
                "concreti: chi ha fatto il primo passo, che cosa avete chiesto, con quali tempi.",
            ),
            Said(
                "e.tonelli",
                5,
                "Per esperienza: non chiedere subito un impegno generale. Da noi ha funzionato "
                "partire da poche cose che ciascuno può fare già domani.\n\n"
                "1. Un **elenco corto** di azioni, una riga l’una: il fasciatoio nel bar, la "
                "tariffa famiglia al museo, l’orario flessibile in fabbrica.\n"
                "2. Una **visita di persona**, con il sindaco e con qualcuno che aderisce già.\n"
                "3. Una **scadenza vicina**: due mesi per provare, poi si racconta insieme com’è "
                "andata.\n\n"
                "Chi aderisce in questo modo di solito resta, perché ha scelto da sé che cosa "
                "promettere.",
                answers=1,
                useful=("a.dimauro", "v.greco", "verificato"),
                thanks=("a.dimauro",),
            ),
            Said(
                "v.greco",
                24,
                "La scadenza vicina è la parte che a noi era mancata. Un dubbio: chi tiene i conti "
                "delle azioni promesse? Se lo fa solo il comune, dopo un anno nessuno guarda più.",
                answers=2,
                quotes="Una scadenza vicina: due mesi per provare, poi si racconta insieme "
                "com’è andata.",
            ),
            Said(
                "referente.trento",
                29,
                "Conviene che sia una persona sola, con un po’ di tempo riconosciuto: noi la "
                "chiamiamo referente tecnico del distretto. Non controlla, telefona. Se serve "
                "possiamo mettere a disposizione la traccia della scheda che si compila una volta "
                "l’anno.",
                body="provincia-autonoma-di-trento",
                answers=3,
                useful=("v.greco",),
            ),
            Said(
                "verificato",
                48,
                "Grazie @erica-tonelli, l’elenco corto lo provo già questo mese con i commercianti "
                "del centro. Vi racconto qui come va.",
                answers=2,
            ),
            Said(
                "a.dimauro",
                72,
                "Mi avete dato un metodo, non solo un incoraggiamento: grazie. Ho segnato la "
                "risposta di Erica come la migliore. Anche noi cominciamo dalle visite.",
            ),
        ),
    ),
    Talk(
        title="Incontro sui Distretti famiglia: quali domande portiamo a Trento?",
        about="distretti",
        days=40,
        closed_for="regione-puglia",
        why_closed="L’incontro si è svolto.",
        said=(
            Said(
                "referente.puglia",
                0,
                "Prepariamo l’incontro con i colleghi di Trento. Scrivete qui, una per messaggio, "
                "le domande che vi stanno a cuore: le raccogliamo e le mandiamo prima.",
                body="regione-puglia",
            ),
            Said(
                "verificato",
                25,
                "Quanto tempo passa di solito tra la prima riunione e la firma dell’accordo di "
                "area?",
            ),
            Said(
                "a.dimauro",
                28,
                "Come si fa quando un’organizzazione non mantiene quello che aveva promesso: si "
                "toglie il marchio, o si rinvia di un anno?",
                useful=("verificato",),
            ),
            Said(
                "referente.puglia",
                291,
                "Le domande sono state raccolte e ne abbiamo parlato insieme. Chiudo qui: per "
                "quello che è rimasto aperto nasce una discussione nuova.",
                body="regione-puglia",
            ),
        ),
    ),
    Talk(
        title="Sensori nei parcheggi: chi li ha messi e li terrebbe ancora?",
        theme="smart-city",
        days=3,
        said=(
            Said(
                "p.zanin",
                0,
                "Dobbiamo decidere se rinnovare i sensori che dicono quali posti sono liberi. "
                "Costano più di manutenzione che di acquisto. Qualcuno ha misurato se la gente "
                "gira davvero meno in cerca di un posto, o ha scelto un’altra strada?",
            ),
        ),
    ),
)


_MORNING = time(9, 10)


def discuss(
    actors: Mapping[str, Actor],
    organisations: Mapping[str, int],
    stories: Mapping[str, int],
    *,
    by: Actor,
) -> None:
    """Let all of it be said; ``by`` puts discussions under their themes."""
    for talk in TALKS:
        opener = actors[talk.said[0].by]
        morning = datetime.combine(clock.today() - timedelta(days=talk.days), _MORNING, clock.ROME)
        began = morning.astimezone(UTC)
        thread = services.open_thread(
            title=talk.title,
            introduction=render_markdown(""),
            subject=Reference("practice", stories[talk.about]) if talk.about else None,
            space_id=None,
            by=opener,
            opened_at=began,
        )
        if talk.theme and (theme := theme_by_code(talk.theme)) is not None:
            services.move_thread(thread_id=thread.id, subject=None, theme_id=theme.id, by=by)
        posts: list[Post] = []
        for one in talk.said:
            post = services.add_post(
                thread_id=thread.id,
                text=render_markdown(_words(one, posts)),
                by=actors[one.by],
                on_behalf_of_id=organisations[one.body] if one.body else None,
                reply_to_id=posts[one.answers - 1].id if one.answers else None,
                at=began + timedelta(hours=one.hours),
            )
            _react(post, one, actors)
            posts.append(post)
        if talk.best:
            services.mark_best(post_id=posts[talk.best - 1].id, best=True, by=opener)
        if talk.closed_for:
            closed = services.close_thread(
                thread_id=thread.id,
                by=opener,
                on_behalf_of_id=organisations[talk.closed_for],
                reason=talk.why_closed,
            )
            closed.closed_at = closed.last_at


def _words(one: Said, posts: Sequence[Post]) -> str:
    """The text, after the words that it quotes with their source."""
    if not one.quotes:
        return one.text
    source = posts[one.answers - 1]
    return (
        f"> [messaggio n. {source.number}](/messaggi/{source.id})\n>\n> {one.quotes}\n\n{one.text}"
    )


def _react(post: Post, one: Said, actors: Mapping[str, Actor]) -> None:
    for kind, people in ((Reacting.USEFUL, one.useful), (Reacting.THANKS, one.thanks)):
        for mailbox in people:
            services.react(post_id=post.id, kind=kind, on=True, by=actors[mailbox])
