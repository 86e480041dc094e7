/** The element: what a reader sees, and what a page can set, call and hear. */
const KEPT_TURNS = 20;
// Code points.
const MAX_HISTORY = 20000;
const RECHECK_MS = 300000;
// What Byline.configure() was given: getToken, onLink, strings.
const shared = {};
const locales = { en: EN };
const sheet = new CSSStyleSheet();
sheet.replaceSync(CSS);

/** "section:politics; from:2026-01-01" as the filters of a question. */
const filtersOf = (scope) => {
  const names = { article: "article_id", from: "published_from", to: "published_to" }, filters = {};
  for (const [, name, value] of scope.matchAll(/\s*(\w+)\s*:\s*([^;]*[^;\s])/g)) {
    const field = names[name] || name;
    filters[field] = field.startsWith("published") ? value : [...(filters[field] || []), value];
  }
  return filters;
};

class BylineChat extends HTMLElement {
  static observedAttributes = ["lang", "dir", "heading", "launcher-label", "placeholder", "welcome", "disclaimer", "suggestions"];

  connectedCallback() {
    this.gone = new AbortController();
    const { signal } = this.gone;
    addEventListener("online", () => this.complain(), { signal });
    addEventListener("offline", () => this.complain(), { signal });
    document.addEventListener("pointerdown", (event) => {
      const path = event.composedPath();
      if (this.card && !path.includes(this.card.node) && !path.includes(this.card.chip)) this.card.close();
    }, { signal });
    document.addEventListener("click", ({ target }) => {
      const trigger = this.of("trigger"), by = trigger && target.closest(trigger);
      if (by) this.open(by);
    }, { signal });
    if (this.panel) return;
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    this.small = matchMedia("(max-width: 600px)");
    this.small.addEventListener("change", () => this.isOpen && this.show());
    this.turns = [];
    this.ready = this.start(true);
  }

  disconnectedCallback() {
    this.stop();
    this.gone.abort();
  }

  attributeChangedCallback() {
    if (this.panel && !this.busy) this.ready = this.start();
  }

  /** An attribute as it is now, or a default. */
  of(name, otherwise = "") {
    return this.getAttribute(name) || otherwise;
  }

  /** Whether something is switched on. */
  has(name, otherwise) {
    return this.hasAttribute(name) ? !/^(off|false|none)$/.test(this.of(name)) : otherwise;
  }

  get api() {
    return this.of("api", ORIGIN).replace(/\/+$/, "");
  }

  get mode() {
    return this.of("mode", "launcher");
  }

  async start(first) {
    const tag = this.of("lang", document.documentElement.lang).toLowerCase();
    const lang = [tag, tag.split("-")[0]].find((name) => LOCALES.includes(name)) || "en";
    try {
      locales[lang] = locales[lang] || (await (await fetch(`${this.api}/widget/locales/${lang}.json`, { credentials: "omit" })).json());
    } catch {
      // English is built in.
    }
    const draft = first ? (this.has("share") && new URLSearchParams(location.search).get("ask")) || "" : this.input.value;
    const kept = first ? this.load() : this.turns.map((turn) => turn.message);
    this.speak(locales[lang] ? lang : "en", tag);
    this.render();
    this.log.replaceChildren(this.welcome());
    for (const message of kept) {
      if (message.state === "open") Object.assign(message, { state: "failed", code: "truncated" });
      this.add(message);
    }
    this.working(false);
    this.input.value = draft;
    // A link that fills in a question shows it; nothing is asked, and no focus is taken.
    if (this.isOpen || (draft && this.launcher && !this.small.matches)) this.show();
    this.complain(null);
    if (first) this.emit("ready");
  }

  /** `lang` is what there are words in; dates follow the page's region, "en-GB" or "fr-CA", where it names one. */
  speak(lang, tag) {
    const strings = { ...EN, ...locales[lang], ...shared.strings };
    this.locale = tag.startsWith(lang + "-") && Intl.DateTimeFormat.supportedLocalesOf(tag.replace(/_/g, "-"))[0] || lang;
    const plural = new Intl.PluralRules(this.locale), number = new Intl.NumberFormat(this.locale);
    // What is put into a sentence keeps its own direction (first strong isolate).
    const shown = (value) => (typeof value === "number" ? number.format(value) : `\u2068${value}\u2069`);
    this.rtl = this.of("dir", strings.dir) === "rtl";
    this.number = (n) => number.format(n);
    this.t = (key, values = {}) => {
      const found = strings[key] || "";
      return (found.other ? found[plural.select(values.n)] || found.other : found).replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
    };
  }

  render() {
    const { t } = this, of = (name, key = name) => this.of(name, t(key));
    const inline = this.mode === "inline", heading = of("heading"), placeholder = of("placeholder");
    this.card = new Card(this);
    this.turns = [];
    this.launcher = this.mode === "launcher" &&
      button("launcher", of("launcher-label", "heading"), () => this.open(), { part: "launcher", "aria-haspopup": "dialog" });
    this.log = h("div.log", { part: "log", role: "log", "aria-live": "off", tabindex: "0", "aria-label": heading, onscroll: () => this.scrolled() });
    this.latest = button("latest", "↓ " + t("latest"), () => this.toEnd(), { hidden: true });
    this.alert = h("p", { role: "alert", part: "error" });
    this.again = button("fill", "", () => (this.log.focus(), this.run(this.trouble.turn)));
    this.status = h("p.hush", { role: "status" });
    this.input = h("textarea", {
      part: "input", rows: "1", maxlength: this.of("max-length", 1000), "aria-label": placeholder, placeholder, dir: "auto", enterkeyhint: "send",
      oninput: () => this.fit(),
      onkeydown: (event) => {
        // Enter in the middle of an input method's composition chooses a word and sends nothing.
        if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
        event.preventDefault();
        this.submit();
      },
    });
    this.sender = h("button.fill", { part: "button" });
    this.resetter = button("tool", t("reset"), () => this.reset());
    this.panel = h((inline ? "section.inline" : "dialog.floating") + " panel", { part: "panel", "aria-label": heading, oncancel: (event) => event.preventDefault() },
      h("header", { part: "header" }, h("h2", { part: "title", dir: "auto" }, heading),
        this.resetter, !inline && button("tool x", "×", () => this.close(), { "aria-label": t("close") })),
      this.log, this.card.node,
      h("div.foothold", this.latest, this.status),
      h("div.bar", this.alert, this.again),
      h("form.composer", { part: "composer", onsubmit: (event) => (event.preventDefault(), this.busy ? this.stop() : this.submit()) }, this.input, this.sender),
      h("p.disclaimer", { part: "disclaimer", dir: "auto" }, of("disclaimer")));
    this.card.listen(this.log);
    this.shadowRoot.replaceChildren(
      h("div.root", { lang: this.locale, dir: this.rtl ? "rtl" : "ltr", onkeydown: (event) => this.escape(event) }, this.launcher, this.panel));
  }

  welcome() {
    const starters = this.of("suggestions").split("|").filter((text) => text.trim());
    return h("div.welcome", h("p", { dir: "auto" }, this.of("welcome", this.t("welcome"))),
      starters.length > 0 && [h("p.hint", this.t("suggest")), this.suggestions(starters)]);
  }

  suggestions(list) {
    return h("ul.suggestions", list.map((text) => h("li", button("suggestion", text, () => (this.log.focus(), this.ask(text)), { part: "suggestion", dir: "auto" }))));
  }

  // --- opening and closing

  get isOpen() {
    return this.mode === "inline" || this.hasAttribute("open");
  }

  /** On a small screen the panel is modal; elsewhere the page beside it stays usable. Moves no focus by itself. */
  show() {
    this.toggleAttribute("open", true);
    if (this.mode !== "inline") {
      this.panel.close();
      if (this.small.matches) this.panel.showModal();
      else this.panel.setAttribute("open", "");
    }
    if (this.launcher) this.launcher.hidden = true;
    for (const turn of this.turns) {
      // Answers that are opened again are held against the articles as they stand now.
      if (Date.now() - (turn.checked || 0) < RECHECK_MS) continue;
      turn.checked = Date.now();
      turn.recheck();
    }
  }

  async open(by) {
    await this.ready;
    const closed = !this.isOpen;
    this.opener = by || this.launcher;
    if (closed) this.show();
    this.input.focus();
    if (closed) this.emit("open");
  }

  async close() {
    await this.ready;
    if (this.mode === "inline" || !this.isOpen) return;
    this.card.close();
    this.toggleAttribute("open", false);
    this.panel.close();
    if (this.launcher) this.launcher.hidden = false;
    if (this.opener) this.opener.focus();
    this.emit("close");
  }

  toggle() {
    return this.isOpen ? this.close() : this.open();
  }

  escape(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    if (this.card.chip) this.card.close(this.card.entered());
    else if (this.busy) this.stop();
    else if (this.mode === "inline") return;
    else this.close();
    event.preventDefault();
    event.stopPropagation();
  }

  // --- asking

  submit() {
    if (this.input.value.trim()) this.ask(this.input.value);
    else this.input.focus();
  }

  async ask(text) {
    await this.ready;
    const q = String(text).trim();
    if (!q || this.busy) return;
    if (!navigator.onLine) {
      this.input.value = q;
      return this.complain();
    }
    if (!this.emit("ask", { question: q })) return;
    if (!this.isOpen) await this.open();
    this.input.value = "";
    this.fit();
    const key = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
    return this.run(this.add({ q, key, state: "open", said: [], sources: [], answer: null }));
  }

  add(message) {
    const turn = new Turn(this, message), last = this.turns[this.turns.length - 1];
    if (last) last.node.style.minHeight = "";
    else this.log.replaceChildren();
    this.turns.push(turn);
    this.log.append(turn.node);
    this.panel.classList.toggle("long", this.turns.length > 1);
    return turn;
  }

  /** Ask, or ask again with the same key: the service may still have the answer. */
  async run(turn) {
    const { message } = turn, { t } = this, started = performance.now();
    const mine = (this.busy = new AbortController());
    let first = null, last, failure;
    const say = (words) => {
      if (words !== last) this.tell(words);
      turn.waiting((last = words));
    };
    const on = (type, value) => {
      if (type === "status" && first === null) say(t(value.stage, { n: value.n }));
      if (type === "sources") turn.found((message.sources = value.sources));
      if (type !== "sentence") return;
      if (first === null) first = Math.round(performance.now() - started);
      message.said.push(value);
      turn.say(value);
      this.scrolled();
    };
    Object.assign(message, { state: "open", said: [], code: null });
    turn.draw([]);
    this.complain(null);
    this.working(true);
    this.toTop(turn);
    say(t("searching"));
    try {
      const filters = filtersOf(this.of("scope"));
      const body = JSON.stringify({ question: message.q, history: this.history(turn), filters, stream: true });
      message.answer = await askService(this, body, message.key, on, mine.signal);
      message.state = "done";
      turn.found((message.sources = message.answer.sources));
    } catch (error) {
      message.state = "failed";
      message.code = error.code || "failed";
      failure = error;
      if (error.code === "network" && (await refused(this))) message.code = "denied";
    }
    // Reset meanwhile?
    if (!this.turns.includes(turn)) return;
    this.busy = null;
    this.working(false);
    turn.finish();
    turn.checked = Date.now();
    this.save();
    this.scrolled();
    if (failure) return this.failed(turn, failure.wait);
    const { id, status, answer, abstention } = message.answer, sources = turn.cited.size;
    this.tell(abstention ? t("abstained") : `${answer} ${t("sources", { n: sources })}`);
    this.emit("answer", { id, status, sources, ttft_ms: first, total_ms: Math.round(performance.now() - started) });
  }

  failed(turn, wait) {
    const { code } = turn.message;
    if (code === "stopped") {
      this.tell(this.t("stopped"));
      return this.emit("stop");
    }
    if (code === "denied" || code === "key")
      console.warn(`Byline: ${this.api} refused ${location.origin}. See its BYLINE_HTTP__ALLOWED_ORIGINS and BYLINE_HTTP__SITE_KEYS.`);
    this.tell("");
    this.complain({ turn, until: Date.now() + wait * 1000 });
    this.emit("error", { code });
  }

  /** The turns before this one, as many of the newest as the service takes. */
  history(turn) {
    let room = MAX_HISTORY;
    const said = ({ answer, said: pieces }) => (answer ? answer.answer : pieces.map((piece) => piece.text).join(""));
    return this.turns.slice(0, this.turns.indexOf(turn))
      .flatMap(({ message }) => [{ role: "user", content: message.q }, { role: "assistant", content: said(message) }])
      .filter(({ content }) => content)
      .slice(-20)
      .reverse()
      .filter(({ content }) => (room -= points(content).length) >= 0)
      .reverse();
  }

  stop() {
    if (this.busy) this.busy.abort();
  }

  async reset() {
    await this.ready;
    this.stop();
    this.busy = null;
    this.turns = [];
    this.card.close();
    this.log.replaceChildren(this.welcome());
    this.panel.classList.remove("long");
    this.input.value = "";
    this.fit();
    this.complain(null);
    this.tell("");
    this.working(false);
    this.scrolled();
    this.save();
    this.input.focus();
    this.emit("reset");
  }

  // --- what is shown around the answers

  working(busy) {
    this.log.setAttribute("aria-busy", String(busy));
    this.sender.replaceChildren(this.t(busy ? "stop" : "send"));
    this.resetter.hidden = !this.turns.length;
  }

  /** Say to a screen reader, once; with `seen` to all eyes too. */
  tell(words, seen) {
    clearTimeout(this.fading);
    this.status.replaceChildren(words);
    this.status.classList.toggle("hush", !seen);
    if (seen) this.fading = setTimeout(() => this.tell(""), 4000);
  }

  /** Show what went wrong with a turn, or that the reader is offline. The seconds count down beside the alert, not in it. */
  complain(trouble = this.trouble) {
    if (!this.panel) return;
    const { t } = this, code = navigator.onLine ? trouble && trouble.turn.message.code : "offline";
    const left = () => Math.ceil(((trouble && trouble.until) - Date.now()) / 1000);
    this.trouble = trouble;
    this.again.hidden = !code || /^(denied|key|question|offline)$/.test(code);
    this.alert.replaceChildren(code ? t("error_" + code) : "", left() > 0 && code === "busy" ? " " + t("wait", { n: left() }) : "");
    clearInterval(this.ticking);
    const tick = () => {
      this.again.disabled = left() > 0;
      this.again.replaceChildren(left() > 0 ? t("wait", { n: left() }) : t("retry"));
      if (left() <= 0) clearInterval(this.ticking);
    };
    this.ticking = setInterval(tick, 500);
    tick();
  }

  fit() {
    const { style } = this.input;
    style.height = "auto";
    style.height = this.input.scrollHeight + "px";
  }

  /** The question to the top, and room under it for the answer to grow into. */
  toTop({ node }) {
    const { log } = this;
    if (this.turns.length > 1 || this.mode !== "inline") node.style.minHeight = log.clientHeight - 8 + "px";
    log.scrollTop += node.getBoundingClientRect().top - log.getBoundingClientRect().top;
    this.anchor = log.scrollTop;
    this.following = false;
    this.scrolled();
  }

  toEnd() {
    this.log.focus({ preventScroll: true });
    this.log.scrollTop = this.log.scrollHeight;
    this.following = true;
  }

  /** Follow the end if the reader has gone there, and only then. */
  scrolled() {
    const { log } = this, end = (within = 16) => log.scrollHeight - log.clientHeight - log.scrollTop < within;
    if (this.following && this.height !== log.scrollHeight) log.scrollTop = log.scrollHeight;
    else this.following = end() && log.scrollTop > (this.anchor || 0) + 4;
    this.height = log.scrollHeight;
    this.latest.hidden = end(48);
  }

  // --- links, events, memory

  /** A link to a cited source, which the page may take over. */
  link(url, label, source) {
    const onclick = (event) => {
      const { onLink } = shared;
      if (!this.emit("citation-click", { url, article_id: source.article_id }) || (onLink && onLink(url) === false)) event.preventDefault();
    };
    return h("a", { href: url, target: "_blank", rel: "noopener", part: "source-link", dir: "auto", onclick },
      label, h("span.hush", ` (${this.t("new_tab")})`));
  }

  readLink({ read }, source) {
    return /^\/read\//.test(read) && this.link(this.api + read, this.t("stored"), source);
  }

  emit(name, detail = {}) {
    const cancelable = name === "ask" || name === "citation-click";
    return this.dispatchEvent(new CustomEvent("byline:" + name, { detail, bubbles: true, composed: true, cancelable }));
  }

  on(name, fn) {
    this.addEventListener("byline:" + name, fn);
  }

  off(name, fn) {
    this.removeEventListener("byline:" + name, fn);
  }

  get messages() {
    return structuredClone(this.turns.map((turn) => turn.message));
  }

  async copy(text) {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Not a secure page, or the reader said no.
      done = false;
    }
    this.tell(this.t(done ? "copied" : "not_done"), true);
    return done;
  }

  /** Where this tab keeps the conversation; nowhere, if the page says so. */
  get key() {
    return this.has("persist", true) && `byline:1:${this.api}:${this.of("storage-key")}`;
  }

  save() {
    try {
      if (this.key) sessionStorage.setItem(this.key, JSON.stringify(this.turns.slice(-KEPT_TURNS).map((turn) => turn.message)));
    } catch {
      // Full, or forbidden here: the conversation lasts as long as the page.
    }
  }

  load() {
    try {
      return (this.key && JSON.parse(sessionStorage.getItem(this.key))) || [];
    } catch {
      // Unreadable, or forbidden here.
      return [];
    }
  }
}
