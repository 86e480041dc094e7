/** Chips beside the sentences, and the card that shows what a chip stands for. */
const HOVER_OPEN_MS = 150;
const HOVER_CLOSE_MS = 250;

/** A quote within the words around it; those stop at whole words and at the paragraph's borders. */
const inContext = ({ prefix, text, suffix }) => {
  const before = (prefix || "").split("\n\n"), after = (suffix || "").split("\n\n");
  return h("blockquote", { part: "quote", dir: "auto" },
    before[1] == null ? before[0].replace(/^\S*\s/, "…\u00a0") : before.pop(),
    h("mark", text),
    after[1] == null ? after[0].replace(/\s\S*$/, "\u00a0…") : after[0]);
};

/** Who, when, and what became of it: how an article is named wherever it is. */
const credits = ({ t, locale }, source, more) => [
  h("b", { dir: "auto" }, source.source || t("unnamed")),
  more,
  source.published_at && h("time", { datetime: source.published_at }, day(source.published_at, locale)),
  source.corrected ? h("span.flag", t("corrected")) : source.updated_at && h("span", t("updated", { date: day(source.updated_at, locale) })),
  source.state && source.state !== "current" && h("span.flag", t(source.state)),
];

const makeChip = (ui, citation, quotes, sources) => {
  const { t } = ui, wanted = ui.of("citation-label");
  const name = (source) => source.source || t("unnamed");
  const source = sources.get(quotes[0].n), outlets = new Set([...sources.values()].map(name));
  const more = new Set(quotes.map((quote) => quote.n)).size - 1;
  const label =
    wanted === "title" ? source.headline
    : wanted === "number" || (wanted !== "source" && outlets.size < 2) ? ui.number(source.n)
    : name(source);
  const chip = button("chip", [h("span.clip", { dir: "auto" }, label), more > 0 && h("span", "+" + ui.number(more))], null, {
    part: "citation", "aria-haspopup": "dialog", "aria-expanded": "false",
    "aria-label": t("source", { n: source.n, source: name(source), headline: source.headline }),
  });
  ui.card.known.set(chip, { citation, quotes, sources });
  return chip;
};

class Card {
  constructor(ui) {
    this.ui = ui;
    this.known = new WeakMap();
    this.node = h("div.card", {
      part: "card source-card", role: "dialog", popover: "manual", tabindex: "-1",
      onpointerenter: () => clearTimeout(this.timer),
      onpointerleave: (event) => this.hover(event),
      onfocusout: (event) => this.left(event),
    });
  }

  /** Hover, focus and tap of the chips inside `root`. */
  listen(root) {
    const listen = (type, act) =>
      root.addEventListener(type, (event) => {
        const chip = event.target.closest(".chip");
        if (chip) act(event, chip);
      });
    listen("pointerover", (event, chip) => this.hover(event, chip));
    listen("pointerout", (event) => this.hover(event));
    listen("focusout", (event) => this.left(event));
    listen("focusin", (_, chip) => !this.returning && chip.matches(":focus-visible") && this.open(chip));
    listen("click", (_, chip) => (this.chip === chip && this.entered() ? this.close(true) : this.open(chip, true)));
  }

  entered() {
    return this.node.contains(this.ui.shadowRoot.activeElement);
  }

  /** A pointer may cross the gap between chip and card (WCAG 1.4.13). */
  hover({ pointerType }, chip) {
    if (pointerType !== "mouse") return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (chip) this.open(chip);
      else if (!this.entered() && !(this.chip && this.chip.matches(":focus-visible"))) this.close();
    }, chip ? HOVER_OPEN_MS : HOVER_CLOSE_MS);
  }

  left({ relatedTarget }) {
    if (relatedTarget !== this.chip && !this.node.contains(relatedTarget)) this.close();
  }

  open(chip, enter) {
    clearTimeout(this.timer);
    if (this.chip !== chip) {
      this.close();
      this.chip = chip;
      chip.setAttribute("aria-expanded", "true");
      this.fill(0);
      this.node.showPopover();
      this.follow();
      const { citation } = this.known.get(chip);
      this.ui.emit("citation-open", { id: citation.id, sources: citation.quotes.map((quote) => quote.n) });
    }
    if (enter) this.node.focus();
  }

  close(back) {
    clearTimeout(this.timer);
    const { chip } = this;
    if (!chip) return;
    this.chip = null;
    chip.setAttribute("aria-expanded", "false");
    this.node.hidePopover();
    this.returning = true;
    if (back) chip.focus({ preventScroll: true });
    this.returning = false;
  }

  fill(at) {
    const { ui } = this, { t, number } = ui, { quotes, sources } = this.known.get(this.chip);
    const quote = quotes[at], source = sources.get(quote.n), url = safeUrl(source.url);
    const note = (words) => words && h("p.note", words);
    const turn = (by, label, key) =>
      button("tool", label, () => (this.fill(at + by), this.node.focus()), { "aria-label": t(key), disabled: !quotes[at + by] });
    this.node.setAttribute("aria-label", this.chip.getAttribute("aria-label"));
    this.node.replaceChildren(
      h("p.by", credits(ui, source, source.author && h("span", { dir: "auto" }, source.author)),
        button("tool x close", "×", () => this.close(true), { "aria-label": t("close") })),
      h("p.headline", { dir: "auto" }, source.headline),
      inContext(quote),
      ...[
        note(quote.speaker && t("speaker", { name: quote.speaker })),
        note(t(quote.match + "_match")),
        note(source.copies.length && t("copies", { sources: source.copies.map((copy) => copy.source || t("unnamed")).join(", ") })),
      ].filter(Boolean),
      h("p.links",
        url && ui.link(fragmentUrl(url, quote.text), t("read"), source),
        ui.readLink(quote, source),
        quotes.length > 1 && h("span.pager", turn(-1, "‹", "previous"), `${number(at + 1)}/${number(quotes.length)}`, turn(1, "›", "next"))));
  }

  /** Stay with the chip while the answer grows and scrolls. */
  follow() {
    if (!this.chip) return;
    this.place();
    requestAnimationFrame(() => this.follow());
  }

  /** Under the chip, or over it where there is no room; on a small screen the style sheet makes it a sheet. */
  place() {
    const { style } = this.node, chip = this.chip.getBoundingClientRect(), card = this.node.getBoundingClientRect();
    const seen = this.ui.log.getBoundingClientRect();
    if (chip.bottom < seen.top || chip.top > seen.bottom) return this.close(this.entered());
    const small = this.ui.small.matches, below = chip.bottom + 6;
    const top = below + card.height < innerHeight ? below : Math.max(8, chip.top - 6 - card.height);
    const left = Math.max(8, Math.min(this.ui.rtl ? chip.right - card.width : chip.left, innerWidth - card.width - 8));
    style.top = small ? "" : top + "px";
    style.left = small ? "" : left + "px";
  }
}
