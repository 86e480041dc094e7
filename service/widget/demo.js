/*
 * The widget in every state, on a script: `fetch` is answered here for addresses under /widget/demo/.
 * ?only=answered shows one state, ?lang=ar another language, ?theme=dark another theme.
 */
(() => {
  const article = (n, source, headline, published_at, more) => ({
    n, article_id: "demo-" + n, revision: 1, headline, source, author: null, url: `https://news.example/${n}`, published_at,
    updated_at: null, corrected: false, score: 0.7, cited: true, copies: [], ...more,
  });
  const PORTS = [
    article(1, "The Daily Post", "Storm closes three ports on the coast", "2026-03-02T09:00:00Z", {
      author: "Ada Reporter", copies: [{ article_id: "demo-9", source: "Evening Star", url: null }],
    }),
    article(2, "Harbour Gazette", "Ferries sail again after two days", "2026-03-03T12:30:00Z", { corrected: true }),
  ];
  const quote = (n, text, prefix, suffix, more) => ({
    n, article_id: "demo-" + n, revision: 1, start: 100, end: 100 + text.length, text, prefix, suffix,
    match: "exact", speaker: null, read: `/read/demo-${n}?revision=1&start=100&end=${100 + text.length}`, ...more,
  });
  const closed = quote(1, "Three ports were closed on Monday after winds reached 110 kilometres an hour.", "the coast guard said. ", " Two more stayed open");
  const noon = quote(2, "Ferries resumed at noon on Tuesday.", "the rocks. ", " The first boat was full");
  const again = quote(1, "The ports of Aldmouth and Wick were open again by Tuesday evening.", "on the quay. ", " Repairs will", { speaker: "Harbour master Ines Vale", match: "close" });
  const PIECES = [
    { text: closed.text, quotes: [closed] },
    { lead: " ", text: noon.text, quotes: [noon, again] },
  ];
  const filters = { published_from: null, published_to: null };
  const answer = (pieces, sources, more) => {
    let text = "";
    const citations = pieces.map(({ lead = "", text: said, quotes }, index) => {
      const start = Array.from(text + lead).length;
      text += lead + said;
      return { id: index + 1, start, end: Array.from(text).length, support: 1, quotes };
    });
    return {
      id: "ans_demo", status: "answered", mode: "extractive", degraded: false, degraded_reason: null, confidence: 0.9, finish: "stop",
      answer: text, citations, sources, conflicts: [], abstention: null, checks: [], followups: [],
      question: { asked: "q", standalone: "q", filters, as_of: "2026-03-04T08:00:00Z" }, newest_source_at: "2026-03-03T12:30:00Z", ...more,
    };
  };
  const whole = (more) => answer(PIECES, PORTS, more);
  const abstained = (reason, more) => answer([], [], {
    status: "abstained", newest_source_at: null,
    abstention: {
      reason, message: "", missing_words: reason === "no_match" ? ["airship"] : [],
      nearest: reason === "no_match" ? [] : [
        { article_id: "demo-1", headline: PORTS[0].headline, source: "The Daily Post", published_at: "2026-03-02T09:00:00Z", url: null,
          quote: { revision: 1, start: 1, end: 2, text: "The town of Wick has had a port since 1840.", read: "/read/demo-1?revision=1&start=1&end=2" } },
      ],
    },
    ...more,
  });
  const PORTS_Q = "Which ports were closed, and do the ferries sail again?";
  const END = "end", HANG = "hang";
  // A state's name, its question, how its stream goes (an answer, then how much of it), and what is done after.
  const STATES = [
    ["welcome", null],
    ["searching", PORTS_Q, null, ["searching", HANG]],
    ["reading", PORTS_Q, null, ["reading", HANG]],
    ["streaming", PORTS_Q, whole(), ["sentence", HANG]],
    ["answered", PORTS_Q, whole({ followups: ["Which ports are open?", "Are the ferries full?"] })],
    ["card", PORTS_Q, whole(), null, (chat) => chat.card.open(chat.shadowRoot.querySelector(".chip"))],
    ["list", "What happened on Monday and Tuesday?", answer([
      { lead: "- ", text: closed.text, quotes: [closed] }, { lead: "\n- ", text: noon.text, quotes: [noon] },
    ], PORTS)],
    ["partial", PORTS_Q, answer(PIECES.slice(0, 1), PORTS, {
      status: "partial", mode: "generative", checks: [
        { reason: "unresolvable", outcome: "withheld", n: 2 }, { reason: "off_question", outcome: "withheld", n: 1 }, { reason: "number", outcome: "quoted", n: 1 },
      ],
    })],
    ["abstained", "Who built the port of Wick?", abstained("insufficient_evidence")],
    ["no_match", "Where did the airship land?", abstained("no_match")],
    ["outside_dates", "Which ports were closed last week?", abstained("outside_dates", {
      question: { asked: "Which ports were closed last week?", standalone: "Which ports were closed last week?", as_of: "2026-03-20T00:00:00Z",
        filters: { published_from: "2026-03-09T00:00:00Z", published_to: "2026-03-15T23:59:59Z" } },
    })],
    ["old", PORTS_Q, whole({ newest_source_at: "2024-01-12T09:00:00Z" })],
    ["degraded", PORTS_Q, whole({ degraded: true, degraded_reason: "timed_out" })],
    ["disagree", "How many ports were closed?", whole({
      conflicts: [{ about: "how many ports were closed", kind: "disagree", sides: [{ n: 1, quote: closed }, { n: 2, quote: quote(2, "Four ports were shut on Monday, the harbour office said.", "", "") }] }],
    })],
    ["understood", "And the ferries?", whole({ question: { asked: "And the ferries?", standalone: "Do the ferries sail again after the storm?", filters, as_of: "2026-03-04T08:00:00Z" } })],
    ["stopped", PORTS_Q, whole(), ["sentence", HANG], (chat) => chat.stop()],
    ["truncated", PORTS_Q, whole(), ["sentence", END]],
    ["timeout", PORTS_Q, null, { code: "timed_out" }],
    ["failed", PORTS_Q, null, { code: "model_unavailable" }],
    ["key", PORTS_Q, null, 401],
    ["denied", PORTS_Q, null, 403],
    ["busy", PORTS_Q, null, 429],
    ["question", PORTS_Q, null, 422],
    ["offline", null, null, null, (chat) => offline(() => chat.complain())],
    ["wrong", PORTS_Q, whole(), null, (chat) => chat.shadowRoot.querySelectorAll(".actions button")[1].click()],
    ["current", PORTS_Q, whole(), null, (chat) => chat.turns[0].recheck()],
    ["retracted", PORTS_Q, whole(), null, (chat) => chat.turns[0].recheck()],
  ];

  const offline = (act) => {
    Object.defineProperty(navigator, "onLine", { configurable: true, value: false });
    act();
    delete navigator.onLine;
  };

  const json = (value, status = 200, headers = {}) =>
    new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json", ...headers } });

  const stream = (outcome, course, signal) => {
    const encoder = new TextEncoder();
    let n = 0;
    return new Response(new ReadableStream({
      start(out) {
        const send = (event, data) => out.enqueue(encoder.encode(`event: ${event}\nid: ${++n}\ndata: ${JSON.stringify(data)}\n\n`));
        signal.addEventListener("abort", () => out.error(new DOMException("stopped", "AbortError")));
        send("meta", { id: "ans_demo", as_of: "2026-03-04T08:00:00Z", mode: "extractive" });
        send("status", { stage: "searching", n: 0 });
        if (course && course[0] === "searching") return;
        send("status", { stage: "reading", n: 12 });
        if (course && course[0] === "reading") return;
        if (course && course.code) {
          send("error", { code: course.code, title: "" });
          out.close();
          return;
        }
        send("sources", { sources: outcome.sources });
        const chars = Array.from(outcome.answer);
        let from = 0;
        for (const citation of course ? outcome.citations.slice(0, 1) : outcome.citations) {
          send("sentence", { text: chars.slice(from, citation.end).join(""), citation });
          from = citation.end;
        }
        if (course && course[1] === HANG) return;
        if (!course) send("done", outcome);
        out.close();
      },
    }), { headers: { "Content-Type": "text/event-stream" } });
  };

  const real = window.fetch.bind(window);
  window.fetch = async (address, init = {}) => {
    const [, state, path] = /\/widget\/demo\/(\w+)\/(.+)$/.exec(String(address)) || [];
    const scene = STATES.find(([name]) => name === state);
    if (!scene) return real(address, init);
    if (path.startsWith("widget/")) return real("/" + path, init);
    if (path === "feedback") return json({});
    if (path.startsWith("articles/")) {
      return state === "retracted" ? json({ revision: 2, retracted: path.endsWith("1") }) : json({ revision: 1, retracted: false });
    }
    const [, , outcome, course] = scene;
    if (typeof course === "number") return json({}, course, course === 429 ? { "Retry-After": "20" } : {});
    return stream(outcome, course, init.signal);
  };

  const wanted = new URLSearchParams(location.search);
  if (wanted.get("lang")) document.documentElement.lang = wanted.get("lang");
  const grid = document.getElementById("grid");
  for (const [name, question, , , after] of STATES) {
    if (wanted.get("only") && wanted.get("only") !== name) continue;
    const section = document.createElement("section"), title = document.createElement("h2"), chat = document.createElement("byline-chat");
    section.id = name;
    title.textContent = name.replace(/_/g, " ");
    chat.setAttribute("mode", "inline");
    chat.setAttribute("api", `${location.origin}/widget/demo/${name}`);
    chat.setAttribute("persist", "none");
    chat.setAttribute("share", "on");
    if (wanted.get("theme")) chat.setAttribute("theme", wanted.get("theme"));
    if (name === "welcome") chat.setAttribute("suggestions", "Which ports are open?|Are the ferries full?");
    section.append(title, chat);
    grid.append(section);
    chat.ready.then(async () => {
      const asked = question && chat.ask(question);
      // A stream that hangs is looked at while it does.
      await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 400))]);
      if (after && (!wanted.get("only") ? name !== "card" : true)) after(chat);
    });
  }
})();
