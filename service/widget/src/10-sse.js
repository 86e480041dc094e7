/**
 * Server-sent events as the HTML standard reads them: bytes in, `emit(type, data)` out.
 * An event that the transport cuts off is dropped, so half a sentence is never shown.
 */
const eventParser = (emit) => {
  const decoder = new TextDecoder();
  let rest = "", type = "", data = [], afterCr = false;
  const take = (line) => {
    if (!line) {
      if (data.length) emit(type || "message", data.join("\n"));
      type = "";
      data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") type = value;
    else if (field === "data") data.push(value);
  };
  return (bytes) => {
    let text = decoder.decode(bytes, { stream: true });
    if (!text) return;
    // A CRLF may be torn in two: its CR has ended the line already.
    if (afterCr && text[0] === "\n") text = text.slice(1);
    afterCr = text ? text.endsWith("\r") : false;
    const lines = (rest + text).split(/\r\n|\r|\n/);
    rest = lines.pop();
    lines.forEach(take);
  };
};
