"""Ways through another document of the site's own origin, which the page then fills."""

# ruff: noqa: E501 - a page stands on one line

from __future__ import annotations

from typing import Final

from tests.browser.escapes import INERT, POLICY, Act, Escape, Reach

WAYS: Final = (
    Escape(
        name="door-picture",
        title="a picture of the paper in a frame, filled by the page",
        page='<iframe src="/static/pictures/lighthouse-480.webp"></iframe><script>const f=document.querySelector("iframe");f.onload=()=>f.contentDocument.documentElement.append(Object.assign(new Image(),{src:"AT"}))</script>',
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=INERT,
    ),
    Escape(
        name="door-css",
        title="a style sheet of the paper in a frame",
        page='<iframe src="/static/paper.css"></iframe><script>const f=document.querySelector("iframe");f.onload=()=>f.contentDocument.documentElement.append(Object.assign(new Image(),{src:"AT"}))</script>',
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=INERT,
    ),
    Escape(
        name="door-json",
        title="JSON of the paper in a frame",
        page='<iframe src="/.well-known/gpc.json"></iframe><script>const f=document.querySelector("iframe");f.onload=()=>f.contentDocument.documentElement.append(Object.assign(new Image(),{src:"AT"}))</script>',
        open=Reach.NOTHING,
        shut=Reach.NOTHING,
        why="daccord’s own answer: without daccord there is none to fill",
    ),
    Escape(
        name="door-policy",
        title="daccord’s own policy page in a frame",
        page='<iframe src="/_daccord/policy"></iframe><script>const f=document.querySelector("iframe");f.onload=()=>f.contentDocument.documentElement.append(Object.assign(new Image(),{src:"AT"}))</script>',
        open=Reach.NOTHING,
        shut=Reach.NOTHING,
        why="it lets nobody frame it",
    ),
    Escape(
        name="door-admin",
        title="a page under `/admin/`, which daccord leaves alone by default",
        page='<iframe src="/admin/escape"></iframe><script>const f=document.querySelector("iframe");f.onload=()=>f.contentDocument.documentElement.append(Object.assign(new Image(),{src:"AT"}))</script>',
        open=Reach.REQUEST,
        shut=Reach.REQUEST,
        why="not stopped: what `site.exclude` names has no policy, and a script of the site can reach into it. Set `exclude = []` if there is no such area",
    ),
    Escape(
        name="door-feed",
        title="the paper’s feed",
        page='<iframe src="/fr/feed.xml"></iframe><script>const f=document.querySelector("iframe");f.onload=()=>f.contentDocument.documentElement.append(Object.assign(new Image(),{src:"AT"}))</script>',
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=POLICY,
    ),
    Escape(
        name="door-window",
        title="a picture of the paper in a window, filled by the page",
        page="<button id=\"go\" onclick=\"const w=window.open('/static/pictures/lighthouse-480.webp');setInterval(()=>{if(w.document.images.length==1)w.document.body.append(Object.assign(w.document.createElement('img'),{src:'AT'}))},99)\">x</button>",
        act=Act.CLICK,
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=INERT,
    ),
    Escape(
        name="door-blank-window",
        title="an empty window, filled by the page",
        page="<button id=\"go\" onclick=\"window.open('').document.write('<img src=AT>')\">x</button>",
        act=Act.CLICK,
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why="an empty document is under the policy of the page that made it",
    ),
)
