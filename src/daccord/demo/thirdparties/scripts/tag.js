// Réclame, advertising: knows the reader again, guesses what they like, fills the page's slots.
(() => {
  const lang = document.currentScript?.dataset.lang || document.documentElement.lang || "en";
  const day = 86400;
  const cookie = (name) => document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]+)`))?.[1];
  const id = cookie("reclame_id") ?? crypto.randomUUID().slice(0, 8);
  const seen = Number(cookie("reclame_seen") ?? 0) + 1;
  document.cookie = `reclame_id=${id}; Path=/; Max-Age=${180 * day}; SameSite=Lax`;
  document.cookie = `reclame_seen=${seen}; Path=/; Max-Age=${30 * day}; SameSite=Lax`;

  // what the reader likes: the sections read so far, counted in their own browser
  const section = document.querySelector('meta[property="article:section"]')?.content;
  let interests = {};
  try {
    interests = JSON.parse(localStorage.getItem("reclame_interests") || "{}");
    if (section) interests[section] = (interests[section] ?? 0) + 1;
    localStorage.setItem("reclame_interests", JSON.stringify(interests));
    sessionStorage.setItem("reclame_capping", String(seen));
  } catch {}
  const favourite = Object.entries(interests).sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";

  const fill = (creative) => {
    for (const slot of document.querySelectorAll(".reclame-slot:empty")) {
      const frame = document.createElement("iframe");
      const query = new URLSearchParams({ creative, lang: slot.dataset.lang || lang, why: favourite });
      frame.src = `__ADS__/slot?${query}`;
      frame.title = lang.startsWith("fr") ? "Publicité" : "Advertisement";
      frame.width = "100%";
      frame.height = "200";
      frame.setAttribute("frameborder", "0");
      slot.append(frame);
    }
  };
  window.reclame = { id, seen, interests, fill };

  const creative = document.createElement("script");
  creative.src = "__CDN__/creative.js";
  document.head.append(creative);

  // who else knows this reader: the bidder is told our id, and tells us its own
  new Image().src = `__BIDDER__/sync.gif?partner=reclame&id=${id}`;

  try {
    const live = new WebSocket(`${"__ADS__".replace("http", "ws")}/live`);
    live.onopen = () => live.send(JSON.stringify({ id, page: location.pathname, seen }));
  } catch {}
  const from = performance.now();
  addEventListener("pagehide", () => {
    const seconds = Math.round((performance.now() - from) / 1000);
    navigator.sendBeacon("__ADS__/beacon", JSON.stringify({ id, page: location.pathname, seconds }));
  });
})();
