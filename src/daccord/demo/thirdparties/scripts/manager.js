// Aiguillage, a tag manager: the page names one script, this one names the others.
(() => {
  const lang = document.currentScript?.dataset.lang || document.documentElement.lang || "en";
  const tags = ["__ADS__/tag.js", "__BIDDER__/bid.js", "__UNKNOWN__/leak.js"];

  const session =
    document.cookie.match(/(?:^|; )aiguillage_session=([^;]+)/)?.[1] ?? crypto.randomUUID().slice(0, 8);
  document.cookie = `aiguillage_session=${session}; Path=/; SameSite=Lax`;

  const fired = [];
  const report = () => {
    try {
      sessionStorage.setItem("aiguillage_fired", JSON.stringify(fired));
    } catch {}
    navigator.sendBeacon("__TAGS__/fired", JSON.stringify({ session, page: location.pathname, fired }));
  };
  let waiting = tags.length;
  for (const src of tags) {
    const tag = document.createElement("script");
    tag.src = src;
    tag.async = true;
    tag.dataset.lang = lang;
    const done = (outcome) => () => {
      fired.push([src, outcome]);
      waiting -= 1;
      if (!waiting) report();
    };
    tag.onload = done("loaded");
    tag.onerror = done("stopped");
    document.head.append(tag);
  }
})();
