"""Ways that stand in the fields of the page's response."""

from __future__ import annotations

from typing import Final

from tests.browser.escapes import CSS, FIELD, Escape, File, Reach

WAYS: Final = (
    Escape(
        name="h-link",
        title="`Link` field: preload, prefetch, style sheet",
        page="<p>x",
        headers={
            "Link": "<AT?p>; rel=preload; as=image, <AT?f>; rel=prefetch, <AT?s>; rel=stylesheet"
        },
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=FIELD,
    ),
    Escape(
        name="h-preconnect",
        title="`Link` field: preconnect",
        page="<p>x",
        headers={"Link": "<AT>; rel=preconnect"},
        open=Reach.CONNECTION,
        shut=Reach.NOTHING,
        why=FIELD,
    ),
    Escape(
        name="h-link-file",
        title="`Link: preconnect` on a style sheet of the paper",
        page='<link rel="stylesheet" href="OWN/a.css">',
        files={"a.css": File(media=CSS, text="p{}", headers={"Link": "<AT>; rel=preconnect"})},
        open=Reach.CONNECTION,
        shut=Reach.NOTHING,
        why=FIELD,
    ),
    Escape(
        name="h-speculation",
        alone=True,
        title="`Speculation-Rules` field",
        page="<p>x",
        headers={"Speculation-Rules": '"AT"'},
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=FIELD,
    ),
    Escape(
        name="h-report-uri",
        title="own policy with `report-uri`",
        page='<img src="data:,">',
        headers={"Content-Security-Policy": "img-src 'none'; report-uri AT"},
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=FIELD,
    ),
    Escape(
        name="h-reporting",
        title="`Reporting-Endpoints`, `Report-To`, `NEL`",
        page='<img src="data:,">',
        headers={
            "Reporting-Endpoints": 'default="AT"',
            "Report-To": '{"group":"default","max_age":99,"endpoints":[{"url":"AT"}]}',
            "NEL": '{"report_to":"default","max_age":99,"success_fraction":1}',
            "Content-Security-Policy": "img-src 'none'; report-to default",
        },
        open=Reach.NOTHING,
        shut=Reach.NOTHING,
        why="over plain http Chromium sends none; the fields are taken out all the same",
    ),
)
