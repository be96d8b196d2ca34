// Put into a page before its own scripts: notes when the notice is seen, what shifts, and how long
// a click waits for the next paint. Called with the selectors of a notice and of a text in it.
(([notice, title]) => {
  const seen = { fcp: null, frame: null, element: null, shift: 0, violations: 0 };
  globalThis.bench = seen;
  const watch = (type, take, more = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({
      type,
      buffered: true,
      ...more,
    });
  watch("paint", (entry) => {
    if (entry.name == "first-contentful-paint") seen.fcp = entry.startTime;
  });
  watch("layout-shift", (entry) => {
    if (!entry.hadRecentInput) seen.shift += entry.value;
  });
  watch("element", (entry) => {
    seen.element ??= entry.renderTime;
  });
  watch(
    "event",
    (entry) => {
      if (entry.interactionId && /^(click|pointerup)$/.test(entry.name)) {
        globalThis.benchTells?.(["event", entry.duration]);
      }
    },
    { durationThreshold: 16 },
  );
  addEventListener("securitypolicyviolation", () => (seen.violations += 1));
  addEventListener(
    "click",
    (event) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () =>
          globalThis.benchTells?.(["frame", performance.now() - event.timeStamp]);
        port2.postMessage(0);
      });
    },
    true,
  );
  if (!notice) return;
  // Element Timing needs its attribute before the text is painted.
  new MutationObserver((_, observer) => {
    const text = document.querySelector(title);
    if (!text) return;
    text.setAttribute("elementtiming", "notice");
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
  const isVisible = (element) => {
    const box = element.getBoundingClientRect();
    return (
      box.width > 0 &&
      box.height > 0 &&
      box.top < innerHeight &&
      box.bottom > 0 &&
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    );
  };
  requestAnimationFrame(function look(now) {
    const element = document.querySelector(notice);
    if (element && isVisible(element)) seen.frame = now;
    else requestAnimationFrame(look);
  });
})(ARGUMENTS);
