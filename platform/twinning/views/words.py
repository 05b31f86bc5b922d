"""What pages say about obstacles."""

from __future__ import annotations

from flask_babel import gettext

from twinning.rules import Obstacle


def obstacle_text(obstacle: Obstacle) -> str:
    """What must be put right, in words."""
    texts: dict[Obstacle, str] = {
        Obstacle.NO_GIVER: gettext("Manca un ente che offre e ha accettato."),
        Obstacle.NO_RECEIVER: gettext("Manca un ente che riceve e ha accettato."),
        Obstacle.ONE_BODY: gettext("Chi offre e chi riceve devono essere enti diversi."),
        Obstacle.PENDING: gettext("C’è un ente che non ha ancora risposto all’invito."),
        Obstacle.NO_RESULTS: gettext("Prima di concludere scrivi i risultati."),
    }
    return texts[obstacle]
