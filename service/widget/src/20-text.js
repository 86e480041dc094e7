/** Text and nodes. Text becomes text nodes, always: there is no way from an article to markup. */
const h = (what, props, ...children) => {
  const [tag, names] = what.split(".");
  const node = document.createElement(tag);
  if (names) node.className = names;
  if (!props || props.constructor !== Object) children.unshift(props);
  else
    for (const [name, value] of Object.entries(props)) {
      if (value == null || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
  node.append(...children.flat(9).filter((child) => child != null && child !== false));
  return node;
};

const button = (names, label, onclick, props) => h("button." + names, { type: "button", onclick, ...props }, label);

/** Spans count code points, JavaScript counts UTF-16: an emoji is one of the one and two of the other. */
const points = (text) => Array.from(text);

/** An address that a reader may be sent to, or null. */
const safeUrl = (text) => {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
};

/** The address of the quoted words in the outlet's own page, where the browser finds them. */
const fragmentUrl = (url, quote) => {
  const words = quote.trim().split(/\s+/);
  try {
    // encodeURIComponent leaves the dash, which means "prefix" in a text directive.
    const part = (list) => encodeURIComponent(list.join(" ")).replace(/-/g, "%2D");
    const found = words.length > 12 ? part(words.slice(0, 5)) + "," + part(words.slice(-5)) : part(words);
    return url + (url.includes("#") ? "" : "#") + ":~:text=" + found;
  } catch {
    // A lone surrogate cannot be encoded.
    return url;
  }
};

/** A date as the reader's language writes it; the day is the one that the outlet's own clock showed. */
const day = (iso, lang) => {
  const found = /^(\d{4})-(\d\d)-(\d\d)/.exec(iso || "");
  if (!found) return "";
  const when = new Date(Date.UTC(found[1], found[2] - 1, found[3]));
  return new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(when);
};

/** Paragraphs and lists, grown at their end; what stands is never touched again. */
class Blocks {
  constructor(root) {
    this.root = root;
    this.block = null;
  }

  /** A blank line begins a paragraph, a line with "- " an item; `inline` makes a node of the rest. */
  add(text, inline) {
    text.split(/\n{2,}|\n(?=- )/).forEach((part, index) => {
      let rest = part;
      if (index || (part && !this.block)) {
        const item = part.startsWith("- ");
        this.begin(item);
        if (item) rest = part.slice(2);
      }
      if (rest) this.block.append(inline(rest));
    });
  }

  begin(item) {
    if (!item) {
      this.root.append((this.block = h("p", { dir: "auto" })));
      return;
    }
    let list = this.root.lastChild;
    if (!list || list.tagName !== "UL") this.root.append((list = h("ul", { dir: "auto" })));
    this.block = h("li");
    list.append(this.block);
  }
}
