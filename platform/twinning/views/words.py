"""What pages say about obstacles and roles."""

from __future__ import annotations

from flask_babel import gettext

from twinning.models import ParticipationRole
from twinning.rules import Obstacle


def obstacle_text(obstacle: Obstacle) -> str:
    """What must be put right, in words."""
    texts: dict[Obstacle, str] = {
        Obstacle.NOBODY_TO_GIVE: gettext("Invita un ente che offre."),
        Obstacle.NOBODY_TO_RECEIVE: gettext("Invita un ente che riceve."),
        Obstacle.NO_COORDINATOR: gettext("Manca chi coordina il gemellaggio."),
        Obstacle.NO_GIVER: gettext("Manca un ente che offre e ha accettato."),
        Obstacle.NO_RECEIVER: gettext("Manca un ente che riceve e ha accettato."),
        Obstacle.ONE_BODY: gettext("Chi offre e chi riceve devono essere enti diversi."),
        Obstacle.PENDING: gettext("C’è un ente che non ha ancora risposto all’invito."),
        Obstacle.NO_RESULTS: gettext("Prima di concludere scrivi i risultati."),
    }
    return texts[obstacle]


def role_hints() -> dict[str, str]:
    """What each role means, below its name in a form; by the value of the choice."""
    hints: dict[ParticipationRole, str] = {
        ParticipationRole.GIVER: gettext("La sua pratica passa ad altri."),
        ParticipationRole.RECEIVER: gettext("Adatta la pratica e la avvia da sé."),
        ParticipationRole.COORDINATOR: gettext(
            "Tiene insieme i lavori, accanto a chi dà e riceve."
        ),
        ParticipationRole.NATIONAL: gettext("Un ministero o un dipartimento che accompagna."),
    }
    return {str(role): text for role, text in hints.items()}
