/** One question to the service. Nothing is retried once a reader has seen a word of the answer. */
class Failure extends Error {
  /** `code` becomes the name of the words to show, `error_<code>`; `wait` is in seconds. */
  constructor(code, wait) {
    super();
    this.code = MEANING[code] || (EN["error_" + code] || code === "stopped" ? code : "failed");
    this.wait = +wait || 0;
  }
}

// The service sends a comment every 15 s.
const IDLE_MS = 45000;
const RETRY_MS = 800;

/** What an HTTP status or the code of an `error` event means for a reader; the rest is "failed". */
const MEANING = {
  401: "key", 403: "denied", 429: "busy", 503: "busy", 408: "timeout", 504: "timeout", 400: "question", 413: "question", 422: "question",
  overloaded: "busy", rate_limited: "busy", over_budget: "busy", timed_out: "timeout",
};

/** What every request carries; no cookies, and of the page's address never the query. */
const send = async (ui, path, more) => {
  const token = shared.getToken && (await shared.getToken()), key = ui.of("site-key");
  return fetch(ui.api + path, {
    credentials: "omit",
    cache: "no-store",
    referrer: location.origin + location.pathname,
    referrerPolicy: ui.of("page-context") === "none" ? "no-referrer" : "no-referrer-when-downgrade",
    ...more,
    headers: {
      ...(more.body && { "Content-Type": "application/json" }),
      ...(key && { "X-Byline-Site-Key": key }),
      ...(token && { Authorization: "Bearer " + token }),
      ...more.headers,
    },
  });
};

const attempt = async (ui, body, key, on, signal) => {
  const watch = new AbortController();
  const stop = () => watch.abort();
  signal.addEventListener("abort", stop);
  let timer, late = false, seen = false, end = null;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => ((late = true), stop()), IDLE_MS);
  };
  const receive = (type, data) => {
    if (end) return;
    const value = JSON.parse(data);
    if (type === "done" || type === "error") end = { type, value };
    else on(type, value);
  };
  try {
    alive();
    const response = await send(ui, "/ask", {
      method: "POST", body, signal: watch.signal, headers: { Accept: "text/event-stream", "Idempotency-Key": key },
    });
    seen = true;
    if (!response.ok) throw new Failure(response.status, response.headers.get("Retry-After"));
    if (!/event-stream/.test(response.headers.get("Content-Type"))) throw new Failure();
    const push = eventParser(receive);
    const reader = response.body.getReader();
    for (let piece; !end && !(piece = await reader.read()).done; ) {
      alive();
      push(piece.value);
    }
    reader.cancel().catch(() => {});
  } catch (error) {
    if (signal.aborted) throw new Failure("stopped");
    if (late) throw new Failure("timeout");
    if (error instanceof Failure) throw error;
    if (error instanceof SyntaxError) throw new Failure();
    throw new Failure(seen ? "truncated" : "network");
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
  if (!end) throw new Failure("truncated");
  if (end.type === "error") throw new Failure(end.value.code, end.value.retry_after);
  return end.value;
};

/**
 * The answer, or a `Failure`. A broken transport is tried once more, with the same key, so that the
 * service gives the same answer and does the work once; after the first sentence it is not.
 */
const askService = async (ui, body, key, on, signal) => {
  let said = false;
  const watched = (type, value) => {
    said = said || type === "sentence";
    on(type, value);
  };
  try {
    return await attempt(ui, body, key, watched, signal);
  } catch (failure) {
    if (said || !/^(network|truncated)$/.test(failure.code) || !navigator.onLine) throw failure;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    if (signal.aborted) throw new Failure("stopped");
    return attempt(ui, body, key, watched, signal);
  }
};

/** A refused preflight looks like no network at all: the script's own address, open to all, tells them apart. */
const refused = (ui) => fetch(ui.api + "/widget/meta", { credentials: "omit", cache: "no-store" }).then((r) => r.ok, () => false);

/** How an article that was cited stands now: `current`, `revised`, `retracted`, `removed`, or null: not known. */
const standing = async (ui, source) => {
  try {
    const response = await send(ui, "/articles/" + encodeURIComponent(source.article_id), {});
    if (response.status === 404) return "removed";
    if (!response.ok) return null;
    const article = await response.json();
    return article.retracted ? "retracted" : article.revision > source.revision ? "revised" : "current";
  } catch {
    return null;
  }
};

/** Whether the reader's word on an answer was taken. */
const report = async (ui, body) => {
  try {
    return (await send(ui, "/feedback", { method: "POST", body: JSON.stringify(body) })).ok;
  } catch {
    return false;
  }
};
