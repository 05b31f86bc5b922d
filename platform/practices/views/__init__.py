"""The pages of stories, by who uses them; ``wiring`` imports them all."""

from flask import Blueprint

blueprint = Blueprint("practices", __name__)
