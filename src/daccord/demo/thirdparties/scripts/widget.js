// Murmure's widget: what a "follow" button brings along.
(() => {
  const lang = document.currentScript?.dataset.lang || document.documentElement.lang || "en";
  const french = lang.startsWith("fr");
  const day = 86400;
  const cookie = (name) => document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]+)`))?.[1];

  // 1. know the reader again on this site, whatever becomes of cookies from elsewhere
  const isNew = !cookie("murmure_id");
  const id = cookie("murmure_id") ?? crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  document.cookie = `murmure_id=${id}; Path=/; Max-Age=${390 * day}; SameSite=Lax`;
  const visit = cookie("murmure_visit") ?? String(Date.now());
  document.cookie = `murmure_visit=${visit}; Path=/; SameSite=Lax`;

  // 2. build a profile in the reader's own browser
  const title = document.querySelector("h1")?.textContent.trim() || document.title;
  const section = document.querySelector('meta[property="article:section"]')?.content ?? "";
  const page = location.pathname;
  let profile = { id, sections: {}, pages: 0 };
  try {
    profile = { ...profile, ...JSON.parse(localStorage.getItem("murmure_profile") || "{}") };
    profile.pages += 1;
    if (section) profile.sections[section] = (profile.sections[section] ?? 0) + 1;
    localStorage.setItem("murmure_profile", JSON.stringify(profile));
    const pages = JSON.parse(sessionStorage.getItem("murmure_pages") || "[]");
    sessionStorage.setItem("murmure_pages", JSON.stringify([...pages, page].slice(-20)));
    const opening = indexedDB.open("murmure_store", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("views", { autoIncrement: true });
    opening.onsuccess = () => {
      const store = opening.result.transaction("views", "readwrite").objectStore("views");
      store.add({ page, title, at: Date.now() });
      store.transaction.oncomplete = () => opening.result.close();
    };
  } catch {}

  // 3. call home, on this page and on every other that has the widget
  const tell = (more) =>
    JSON.stringify({ id, isNew, visit, page, title, section, lang, pages: profile.pages, ...more });
  fetch("__SOCIAL__/hit", {
    method: "POST",
    mode: "no-cors",
    credentials: "include",
    keepalive: true,
    body: tell(),
  }).catch(() => {});
  const from = performance.now();
  addEventListener("pagehide", () => {
    const seconds = Math.round((performance.now() - from) / 1000);
    const depth = Math.round((100 * (scrollY + innerHeight)) / document.documentElement.scrollHeight);
    navigator.sendBeacon("__SOCIAL__/beacon", tell({ seconds, depth: Math.min(100, depth) }));
  });

  // 4. and, oh yes, the button
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    a { display: inline-flex; align-items: center; gap: .5em; padding: .5em 1em; border-radius: 99px;
      background: #4b2bd6; color: #fff; font: 600 15px/1.4 system-ui, sans-serif; text-decoration: none;
      transition: background .2s }
    a:hover { background: #3a1fb0 } a:focus-visible { outline: 3px solid #ffb454; outline-offset: 2px }
    svg { inline-size: 1.3em; block-size: 1.3em; flex: none }
  `);
  const bird = `<svg viewBox="0 0 32 32" aria-hidden="true"><path fill="currentColor"
    d="M3 12c5-3 9-1 12 3 2-7 7-10 14-9-5 2-7 6-8 11-1 6-6 9-12 9 4-2 6-4 6-7-2-4-6-7-12-7Z"/></svg>`;
  for (const place of document.querySelectorAll(".murmure-follow:not([data-ready])")) {
    place.dataset.ready = "true";
    const account = place.dataset.account || "dunes";
    const root = place.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.innerHTML = `<a target="_blank" rel="noopener">${bird}<span></span></a>`;
    const link = root.querySelector("a");
    link.href = `__SOCIAL__/follow?account=${encodeURIComponent(account)}&lang=${lang}`;
    root.querySelector("span").textContent = `${french ? "Suivre" : "Follow"} @${account}`;
  }
  window.murmure = { id, profile };
})();
