// Réclame's store of adverts, on its second host: picks one, and keeps it for the next page.
(() => {
  const adverts = ["biscuits", "umbrellas", "sails"];
  const { seen, fill } = window.reclame;
  const creative = adverts[(seen - 1) % adverts.length];
  window.caches
    ?.open("reclame_creatives")
    .then((store) => store.put(`/reclame/${creative}`, new Response(creative)))
    .catch(() => {});
  fill(creative);
})();
