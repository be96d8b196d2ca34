"""Ways of workers, worklets and service workers."""

# ruff: noqa: E501 - a page stands on one line

from __future__ import annotations

from typing import Final

from tests.browser.escapes import JS, NOWHERE, POLICY, Escape, File, Reach

WAYS: Final = (
    Escape(
        name="worker",
        title="a worker of the paper",
        page='<script>new Worker("OWN/w.js")</script>',
        files={"w.js": File(media=JS, text='fetch("AT",{mode:"no-cors"}).catch(()=>{})')},
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=POLICY,
    ),
    Escape(
        name="worker-import",
        title="a worker that imports",
        page='<script>new Worker("OWN/w.js")</script>',
        files={"w.js": File(media=JS, text='importScripts("AT")')},
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=POLICY,
    ),
    Escape(
        name="worker-module",
        title="a module worker that imports",
        page='<script>new Worker("OWN/w.js",{type:"module"})</script>',
        files={"w.js": File(media=JS, text='import "AT"')},
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=POLICY,
    ),
    Escape(
        name="worker-blob",
        title="a worker from a `blob:`",
        page="<script>new Worker(URL.createObjectURL(new Blob([\"fetch('AT',{mode:'no-cors'}).catch(()=>{})\"])))</script>",
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=POLICY,
    ),
    Escape(
        name="worker-foreign",
        title="a worker of the third party",
        page='<script>try{new Worker("AT")}catch{}</script>',
        open=Reach.NOTHING,
        shut=Reach.NOTHING,
        why=NOWHERE,
    ),
    Escape(
        name="worker-shared",
        title="a shared worker",
        page='<script>new SharedWorker("OWN/w.js")</script>',
        files={"w.js": File(media=JS, text='fetch("AT",{mode:"no-cors"}).catch(()=>{})')},
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=POLICY,
    ),
    Escape(
        name="worklet",
        title="a worklet",
        page='<script>CSS.paintWorklet?.addModule("AT").catch(()=>{});new OfflineAudioContext(1,9,9e3).audioWorklet.addModule("AT?a").catch(()=>{})</script>',
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why=POLICY,
    ),
    Escape(
        name="sw-fetch",
        title="a service worker that fetches",
        page='<script>navigator.serviceWorker.register("OWN/sw.js",{scope:"OWN/"})</script>',
        files={
            "sw.js": File(media=JS, text='oninstall=()=>fetch("AT",{mode:"no-cors"}).catch(()=>{})')
        },
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why="a script of the site is always under the policy of a refusal",
    ),
    Escape(
        name="sw-import",
        title="a service worker that imports",
        page='<script>navigator.serviceWorker.register("OWN/sw.js",{scope:"OWN/"}).catch(()=>{})</script>',
        files={"sw.js": File(media=JS, text='importScripts("AT")')},
        open=Reach.REQUEST,
        shut=Reach.NOTHING,
        why="a script of the site is always under the policy of a refusal",
    ),
    Escape(
        name="sw-page",
        title="a service worker that answers with a page of its own",
        page='<script>navigator.serviceWorker.register("OWN/sw.js",{scope:"OWN/"}).then(r=>new Promise(y=>{const w=r.installing||r.waiting||r.active;const c=()=>w.state=="activated"&&y();w.onstatechange=c;c()})).then(()=>document.body.append(Object.assign(document.createElement("iframe"),{src:"OWN/made"})))</script>',
        files={
            "sw.js": File(
                media=JS,
                text='oninstall=()=>skipWaiting();onfetch=e=>{if(e.request.url.endsWith("/made"))e.respondWith(new Response("<img src=AT>",{headers:{"Content-Type":"text/html"}}))}',
            )
        },
        open=Reach.REQUEST,
        shut=Reach.REQUEST,
        why="not stopped: a page that a service worker of the site makes up has no policy. Only the site itself can register one; its own requests are stopped",
    ),
)
