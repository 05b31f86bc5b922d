"""The WSGI entry for any server: ``granian --interface wsgi wsgi:app``, ``gunicorn wsgi:app``."""

from portal.factory import create_app

app = create_app()
