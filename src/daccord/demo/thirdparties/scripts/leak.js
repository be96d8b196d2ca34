// Nobody declared this one. If it ever runs on a guarded page, a promise is broken.
(() => {
  const day = 86400;
  const id = document.cookie.match(/(?:^|; )leak_id=([^;]+)/)?.[1] ?? crypto.randomUUID().slice(0, 8);
  document.cookie = `leak_id=${id}; Path=/; Max-Age=${390 * day}; SameSite=Lax`;
  try {
    localStorage.setItem("leak_profile", JSON.stringify({ id, page: location.href }));
  } catch {}
  window.leaked = id;
  new Image().src = `__UNKNOWN__/leak.gif?id=${id}&page=${encodeURIComponent(location.pathname)}`;
})();
