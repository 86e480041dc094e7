/** The global, and the element that the script tag asks for. */
(() => {
  // The script may stand on the page twice.
  if (customElements.get("byline-chat")) return;
  const ready = new Promise((resolve) => {
    if (document.body) resolve();
    else document.addEventListener("DOMContentLoaded", resolve, { once: true });
  });
  const element = () => document.querySelector("byline-chat");
  const call = (name) => async (...args) => {
    await ready;
    const chat = element();
    return chat && chat[name](...args);
  };
  const heard = new Map();
  const Byline = {
    version: VERSION,
    on(name, fn) {
      const listener = (event) => fn(event.detail, event);
      heard.set(fn, listener);
      document.addEventListener("byline:" + name, listener);
    },
    off(name, fn) {
      document.removeEventListener("byline:" + name, heard.get(fn));
    },
    configure(options) {
      Object.assign(shared, options);
      document.querySelectorAll("byline-chat").forEach((chat) => chat.attributeChangedCallback());
    },
  };
  for (const name of ["open", "close", "toggle", "ask", "stop", "reset"]) Byline[name] = call(name);
  const queue = (window.Byline && window.Byline.q) || [];
  window.Byline = Byline;
  customElements.define("byline-chat", BylineChat);
  if (SCRIPT && !("manual" in SCRIPT.dataset)) {
    ready.then(() => {
      const chat = document.createElement("byline-chat");
      for (const { name, value } of SCRIPT.attributes) if (name.startsWith("data-")) chat.setAttribute(name.slice(5), value);
      (document.querySelector(SCRIPT.dataset.target || "body") || document.body).append(chat);
    });
  }
  for (const [name, ...args] of queue) if (typeof Byline[name] === "function") Byline[name](...args);
})();
