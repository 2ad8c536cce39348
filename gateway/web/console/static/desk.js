// What htmx does not do: read words out with the browser's own voice, print. No page needs it; buttons that do are hidden without it.
"use strict";
(() => {
  const voices = { zh: "zh-CN", en: "en-GB", yue: "zh-HK" };
  const prepare = (root) => {
    for (const button of root.querySelectorAll("button[data-hear]")) {
      button.hidden = !("speechSynthesis" in window);
      button.addEventListener("click", () => hear(button));
    }
    for (const button of root.querySelectorAll("button[data-print]")) {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    }
  };
  const hear = (button) => {
    const speaking = speechSynthesis.speaking;
    speechSynthesis.cancel();
    if (speaking) return;
    const source = document.getElementById(button.dataset.hear);
    const words = new SpeechSynthesisUtterance(source.value ?? source.textContent);
    words.lang = voices[button.dataset.language] || button.dataset.language || "zh-CN";
    words.rate = 0.85;
    speechSynthesis.speak(words);
  };
  // A refusal is shown beside a form that asks for it there, and what was filled in stays.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.target.dataset.refusals) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });
  document.addEventListener("DOMContentLoaded", () => prepare(document));
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) prepare(event.detail.elt); });
})();
