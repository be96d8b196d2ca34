// Keeps "what the network knows" live: each change arrives as a whole, new rows are marked.
const live = document.getElementById("live");
const keys = () => new Set([...live.querySelectorAll("tr[data-key]")].map((row) => row.dataset.key));

const source = new EventSource(`/me/live?lang=${live.dataset.lang}`);
source.onmessage = async () => {
  const answer = await fetch(`/me/part?lang=${live.dataset.lang}`);
  if (!answer.ok) return;
  const before = keys();
  live.innerHTML = await answer.text();
  for (const row of live.querySelectorAll("tr[data-key]")) {
    row.classList.toggle("is-new", !before.has(row.dataset.key));
  }
  tick();
};

const SILENCE_SECONDS = 8;
const format = (seconds) =>
  seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;

function tick() {
  const status = live.querySelector(".status[data-last]");
  if (!status) return;
  const seconds = Math.floor((Date.now() - Number(status.dataset.last)) / 1000);
  const silent = seconds >= SILENCE_SECONDS;
  status.classList.toggle("is-silent", silent);
  const silence = status.querySelector(".silence");
  silence.hidden = !silent;
  silence.querySelector("b").textContent = `(${status.dataset.ago.replace("{n}", format(seconds))})`;
}
setInterval(tick, 1000);
tick();
