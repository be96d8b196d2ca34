"""Run inside the throw-away environment: a Django site with django-cookie-consent, and without.

Four groups of two cookies; the reader has accepted all; the groups come from Django's cache.
Prints the microseconds that the middleware adds, a list with one figure a round.
"""
# mypy: ignore-errors

import json
import sys
import time

import django
from django.conf import settings
from django.http import JsonResponse
from django.urls import path

MIDDLEWARE = ["cookie_consent.middleware.CleanCookiesMiddleware"]


def view(_request):
    return JsonResponse({"articles": [{"id": 1, "title": "La mer monte"}]})


urlpatterns = [path("", view)]
settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="bench",
    MIDDLEWARE=MIDDLEWARE,
    INSTALLED_APPS=["cookie_consent"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()


def seconds(handler, environ, count=300):
    begin = time.process_time()
    for _ in range(count):
        handler(dict(environ), lambda *_: None).close()
    return (time.process_time() - begin) / count


def main(rounds):
    from cookie_consent.models import Cookie, CookieGroup  # noqa: PLC0415 - after setup
    from django.core.handlers.wsgi import WSGIHandler  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.test import RequestFactory  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    names = ["audience", "social", "advertising", "comments"]
    for name in names:
        group = CookieGroup.objects.create(varname=name, name=name, is_deletable=True)
        for number in (1, 2):
            Cookie.objects.create(cookiegroup=group, name=f"{name}{number}", domain="")
    version = "2027-01-01T00:00:00+00:00"
    value = "|".join(f"{name}={version}" for name in names)
    factory = RequestFactory(headers={"cookie": f"cookie_consent={value}; session=abc"})
    environ = factory.get("/").environ
    with_it = WSGIHandler()
    settings.MIDDLEWARE = []
    without = WSGIHandler()
    for handler in (with_it, without):
        seconds(handler, environ)
    print(
        json.dumps(
            [(seconds(with_it, environ) - seconds(without, environ)) * 1e6 for _ in range(rounds)]
        )
    )


main(int(sys.argv[1]))
