// Surenchère, a bidder: offers a price for this reader, and keeps count of the offers.
(() => {
  const day = 86400;
  const uid =
    document.cookie.match(/(?:^|; )surenchere_fp=([^;]+)/)?.[1] ?? crypto.randomUUID().slice(0, 8);
  document.cookie = `surenchere_fp=${uid}; Path=/; Max-Age=${90 * day}; SameSite=Lax`;
  let bids = [];
  try {
    bids = JSON.parse(localStorage.getItem("surenchere_bids") || "[]").slice(-9);
    bids.push({ page: location.pathname, price: 0.42 });
    localStorage.setItem("surenchere_bids", JSON.stringify(bids));
  } catch {}
  new Image().src = `__BIDDER__/bid.gif?uid=${uid}&bids=${bids.length}`;
})();
