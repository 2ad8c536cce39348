"""RapidSMS 2.2 doing the same job, as its documentation would have it done: the files of its site, and how it is run.

It lives in a virtual environment of its own, made for the benchmark, in a folder that is removed afterwards. It verifies no
signature, claims nothing, seals nothing: it finds who texts, keeps one vote for each, logs both messages and answers.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = ("RapidSMS==2.2.0", "Django>=5.1,<5.3", "granian")

SETTINGS = """
import os
SECRET_KEY = "bench"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "site_urls"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3", "NAME": "site.db", "CONN_MAX_AGE": None,
    "OPTIONS": {"timeout": 15, "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"},
}}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rapidsms", "rapidsms.contrib.messagelog", "village"]
INSTALLED_BACKENDS = {"village": {"ENGINE": "village.backend.Carrier"}}
RAPIDSMS_ROUTER = "rapidsms.router.blocking.BlockingRouter"
LOGGING_CONFIG = None
"""
URLS = """
from django.urls import path
from rapidsms.backends.http.views import GenericHttpBackendView
urlpatterns = [path("sms/", GenericHttpBackendView.as_view(backend_name="village"))]
"""
MODELS = """
from django.db import models
from rapidsms.models import Connection
class Vote(models.Model):
    connection = models.OneToOneField(Connection, on_delete=models.CASCADE)
    choice = models.CharField(max_length=8)
"""
APP = """
from django.db import transaction
from rapidsms.apps.base import AppBase
from village.models import Vote
class VillageApp(AppBase):
    def handle(self, msg):
        words = msg.text.split()
        if len(words) != 3 or words[0] != "VOTE":
            return False
        with transaction.atomic():
            Vote.objects.update_or_create(connection=msg.connections[0], defaults={"choice": words[2]})
        msg.respond("Qingshan: your vote in poll %s is counted." % words[1])
        return True
"""
BACKEND = """
import os
import requests
from rapidsms.backends.base import BackendBase
session = requests.Session()
class Carrier(BackendBase):
    def send(self, id_, text, identities, context=None):
        url = os.environ.get("CARRIER_URL")
        for identity in identities if url else ():
            session.post(url, data={"To": identity, "Body": text, "StatusCallback": "s?a=%s" % identity}).raise_for_status()
"""
FILL = """
import sys
import django
django.setup()
from rapidsms.models import Backend, Connection
backend, _ = Backend.objects.get_or_create(name="village")
Connection.objects.bulk_create(Connection(backend=backend, identity="+861%010d" % i) for i in range(int(sys.argv[1])))
"""
OUTBOUND = """
import sys, time
import django
django.setup()
from rapidsms.models import Connection
from rapidsms.router import send
some = list(Connection.objects.all()[:int(sys.argv[1])])
begun = time.perf_counter()
send("Qingshan: the pipe is mended.", some)
print(len(some) / (time.perf_counter() - begun))
"""
WSGI = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""
FILES = {
    "site_settings.py": SETTINGS, "site_urls.py": URLS, "site_wsgi.py": WSGI, "fill.py": FILL, "outbound.py": OUTBOUND,
    "village/__init__.py": "", "village/models.py": MODELS, "village/app.py": APP, "village/backend.py": BACKEND,
}  # fmt: skip


class CannotBeInstalledError(Exception):
    """The package index is not there, or has not got it."""


class RapidSms:
    """The site in its folder."""

    def __init__(self, folder: Path, people: int) -> None:
        self.folder = folder
        self.python = folder / "venv" / "bin" / "python"
        self._install()
        for name, content in FILES.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(content)
        for command in (
            ("-m", "django", "makemigrations", "village"),
            ("-m", "django", "migrate"),
            ("fill.py", str(people)),
        ):
            self.run(*command)

    def _install(self) -> None:
        made = subprocess.run(
            [sys.executable, "-m", "venv", str(self.folder / "venv")], check=False, capture_output=True
        )
        install = [str(self.python), "-m", "pip", "install", "--quiet", *REQUIREMENTS]
        if made.returncode or subprocess.run(install, check=False, capture_output=True).returncode:
            raise CannotBeInstalledError

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of its processes."""
        return {**os.environ, "DJANGO_SETTINGS_MODULE": "site_settings", "PYTHONPATH": str(self.folder), **more}

    def run(self, *command: str, **more: str) -> str:
        """Run its Python to the end; what it printed."""
        done = subprocess.run(
            [str(self.python), *command],
            cwd=self.folder, env=self.environment(**more), check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout
