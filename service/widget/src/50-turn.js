/** One question with what became of it. The sentences are drawn as they come and stay as they are. */
const OLD_MS = 30 * 86400000;

/** The pieces of a whole answer, as its stream would have sent them. */
const piecesOf = (answer) => {
  const chars = points(answer.answer);
  let from = 0;
  return answer.citations.map((citation) => ({ text: chars.slice(from, (from = citation.end)).join(""), citation }));
};

class Turn {
  constructor(ui, message) {
    this.ui = ui;
    this.message = message;
    this.wait = h("p.wait");
    this.text = h("div.text", { part: "message-text" });
    this.foot = h("div.foot");
    this.node = h("article.turn",
      h("h3.q", { part: "message message-user", dir: "auto" }, message.q),
      h("div", { part: "message message-assistant" }, this.wait, this.text, this.foot));
    this.draw(message.answer ? piecesOf(message.answer) : message.said);
    if (message.state !== "open") this.finish();
  }

  draw(pieces) {
    this.text.replaceChildren();
    this.foot.replaceChildren();
    this.blocks = new Blocks(this.text);
    this.drawn = "";
    this.offset = this.unsourced = 0;
    this.cited = new Map();
    this.found(this.message.sources);
    pieces.forEach((piece) => this.say(piece));
  }

  found(sources) {
    this.sources = new Map(sources.map((source) => [source.n, source]));
  }

  waiting(words) {
    this.wait.replaceChildren(words);
    this.wait.hidden = !words;
  }

  /** A sentence without a source that can be shown is not shown. Its text is text, whatever it looks like. */
  say({ text, citation }) {
    const chars = points(text), from = Math.max(0, citation.start - this.offset);
    const quotes = citation.quotes.filter((quote) => this.sources.has(quote.n));
    this.offset += chars.length;
    this.drawn += text;
    if (!quotes.length) return this.unsourced++;
    this.waiting("");
    for (const { n } of quotes) this.cited.set(n, this.sources.get(n));
    this.blocks.add(chars.slice(0, from).join(""), (part) => part);
    let last;
    this.blocks.add(chars.slice(from).join(""), (part) => (last = h("span.said", part)));
    // The chip stays on the line of the sentence's last word.
    const [, head, word] = /^([^]*?)(\S{0,12})$/.exec(last.textContent);
    last.replaceChildren(head, h("span.tie", word, "\u00a0", makeChip(this.ui, citation, quotes, this.sources)));
  }

  finish() {
    const { message, ui } = this, { answer, code } = message;
    this.waiting("");
    if (answer && this.drawn !== answer.answer) this.draw(piecesOf(answer));
    if (answer) message.said = [];
    this.foot.append(...(answer ? this.under(answer) : [
      this.note(code === "stopped" ? code : this.cited.size ? "cut" : "unanswered"),
      this.cited.size > 0 && this.listed(),
    ]).flat(9).filter(Boolean));
  }

  note(key, values, names = "") {
    const words = this.ui.t(key, values);
    return words && h("p.note " + names, words);
  }

  under(answer) {
    const { ui } = this, { locale } = ui, { question, newest_source_at: newest, followups, checks } = answer;
    const { published_from: from, published_to: to } = question.filters;
    const old = Date.parse(question.as_of) - Date.parse(newest) > OLD_MS;
    // In words, what is missing from the answer and why.
    const held = { withheld: this.unsourced, off_question: 0, quoted: 0 };
    for (const { outcome, reason, n } of checks) held[reason in held ? reason : outcome] += n;
    return [
      answer.abstention && this.abstained(answer.abstention),
      answer.status === "partial" && this.note("partial", {}, "strong"),
      answer.finish !== "stop" && this.note(answer.finish, {}, "strong"),
      Object.entries(held).map(([key, n]) => n > 0 && this.note(key, { n })),
      answer.degraded && (this.note("degraded_" + answer.degraded_reason) || this.note("degraded")),
      answer.conflicts.map(({ about, kind, sides }) => h("div.aside", this.note(kind, { about }, "strong"),
        sides.map(({ n, quote }) => this.sources.has(n) && this.passage(quote, this.sources.get(n))))),
      question.standalone !== question.asked && this.note("understood", { text: question.standalone }),
      (from || to) && this.note("between", { from: day(from, locale), to: day(to, locale) }),
      newest && this.cited.size > 0 && this.note(old ? "old" : "as_of", { date: day(newest, locale) }, old ? "old" : ""),
      this.cited.size > 0 && [(this.standing = h("p", { hidden: true })), this.listed(), this.actions(answer)],
      followups.length > 0 && h("div.next", this.note("suggest", {}, "hint"), ui.suggestions(followups)),
    ];
  }

  /** Stored words with the article that has them. */
  passage(quote, source) {
    return h("figure",
      h("blockquote", { part: "quote", dir: "auto" }, quote.text),
      h("figcaption", credits(this.ui, source, h("span", { dir: "auto" }, source.headline)), this.ui.readLink(quote, source)));
  }

  abstained({ reason, message, missing_words: missing, nearest }) {
    const { ui } = this, { t } = ui;
    return h("div.none", { part: "no-answer" },
      h("p.lead", t("abstained")),
      h("p", { dir: "auto" }, t(reason) || message),
      missing.length > 0 && h("p", t("missing", { words: missing.join(", ") })),
      nearest.length > 0 && [h("p.strong", t("nearest")), nearest.map((near) => this.passage(near.quote, near))],
      h("p", t("rephrase")),
      ui.has("feedback", true) && button("quiet", t(this.message.feedback ? "thanks" : "should_answer"), async ({ target }) => {
        if (!this.message.feedback) await this.tellUs("bad", ["should_answer"]);
        if (this.message.feedback) target.replaceChildren(t("thanks"));
      }));
  }

  /** Only what was cited. */
  listed() {
    const { ui } = this, was = this.list;
    const cited = [...this.cited.values()].sort((a, b) => a.n - b.n);
    this.list = h("details", { part: "sources", open: was && was.open },
      h("summary", ui.t("sources", { n: cited.length })),
      h("ol", cited.map((source) => {
        const url = safeUrl(source.url);
        return h("li", { value: source.n },
          credits(ui, source, url ? ui.link(url, source.headline, source) : h("span", { dir: "auto" }, source.headline)));
      })));
    return this.list;
  }

  /** Hold the cited articles against what is stored now. */
  async recheck() {
    const { ui } = this, { t } = ui, cited = [...this.cited.values()];
    if (!this.message.answer || !cited.length) return;
    const states = await Promise.all(cited.map((source) => standing(ui, source)));
    cited.forEach((source, index) => (source.state = states[index] || source.state));
    const changed = cited.filter(({ state }) => state && state !== "current");
    if (!changed.length && states.includes(null)) return;
    const list = changed.map((source) => `${source.source || t("unnamed")}, ${source.headline}: ${t(source.state)}`).join("; ");
    this.list.replaceWith(this.listed());
    const said = this.note(list ? "changed" : "current", { list }, list && "warn");
    this.standing.replaceWith(said);
    this.standing = said;
    for (const chip of this.text.querySelectorAll(".chip"))
      chip.classList.toggle("stale", ui.card.known.get(chip).quotes.some(({ n }) => changed.some((source) => source.n === n)));
  }

  actions(answer) {
    const { ui } = this, { t } = ui;
    const act = (key, onclick) => button("quiet", t(key), onclick);
    this.marks = ui.has("feedback", true) ? [act("good", () => this.tellUs("good")), act("bad", () => this.askWhy())] : [];
    this.mark();
    return h("div.actions", { part: "actions" }, this.marks,
      act("copy", () => this.copy(answer)), ui.has("share") && act("share", () => this.share(answer)));
  }

  mark() {
    this.marks.forEach((mark, index) => mark.setAttribute("aria-pressed", String(this.message.feedback === ["good", "bad"][index])));
  }

  askWhy() {
    const { t } = this.ui, reasons = ["wrong_source", "not_answering", "outdated", "incomplete"];
    if (this.form) {
      this.form.remove();
      this.form = null;
      return;
    }
    const boxes = reasons.map((name) => h("input", { type: "checkbox", name }));
    const comment = h("textarea", { rows: "2", maxlength: "1000", "aria-label": t("comment"), placeholder: t("comment") });
    this.form = h("form.why", {
      onsubmit: (event) => {
        event.preventDefault();
        this.tellUs("bad", reasons.filter((_, index) => boxes[index].checked), comment.value.trim());
      },
    },
      h("fieldset", h("legend", t("why")), boxes.map((box) => h("label", box, t(box.name)))), comment, h("button.fill", t("send_feedback")));
    this.foot.querySelector(".actions").after(this.form);
    boxes[0].focus();
  }

  async tellUs(value, reasons = [], comment) {
    const { ui, message } = this, { id } = message.answer;
    if (!(await report(ui, { answer_id: id, value, reasons, comment: comment || null }))) return ui.tell(ui.t("not_done"), true);
    message.feedback = value;
    if (this.form) {
      this.askWhy();
      this.marks[1].focus();
    }
    if (this.marks) this.mark();
    ui.tell(ui.t("thanks"), true);
    ui.save();
    ui.emit("feedback", { id, value, reasons });
  }

  /** The answer as plain text: each sentence with its numbers, and under it the sources. */
  plain(answer) {
    const { t, locale } = this.ui, cited = [...this.cited.values()];
    const body = piecesOf(answer).map(({ text, citation }) => text + " " + [...new Set(citation.quotes.map(({ n }) => `[${n}]`))].join(""));
    const list = cited.map((source) =>
      `[${source.n}] ` + [source.source || t("unnamed"), source.headline, day(source.published_at, locale), safeUrl(source.url)].filter(Boolean).join(", "));
    return `${body.join("")}\n\n${t("sources", { n: cited.length })}\n${list.join("\n")}`;
  }

  async copy(answer) {
    if (await this.ui.copy(this.plain(answer))) this.ui.emit("copy", { id: answer.id });
  }

  /** The link fills the question in for whoever opens it, and asks nothing. */
  async share(answer) {
    const { ui } = this, { q } = this.message, link = new URL(location.href);
    link.hash = "";
    link.searchParams.set("ask", q);
    try {
      if (navigator.share) await navigator.share({ title: q, text: this.plain(answer), url: link.href });
      else await ui.copy(link.href);
      ui.emit("share", { id: answer.id });
    } catch {
      // The reader closed the system's sheet.
    }
  }
}
