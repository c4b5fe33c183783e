/** Server-sent events out of the body of a response; `EventSource` can only ask with GET. */

/** @typedef {{event: string, data: string}} ServerEvent */

/** Takes in text as it arrives, cut anywhere, and gives back the events that are complete. */
export class EventParser {
  #rest = "";
  #event = "";
  /** @type {string[]} */
  #data = [];

  /**
   * @param {string} text
   * @returns {ServerEvent[]}
   */
  push(text) {
    // A carriage return at the very end may be the first half of a line end.
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.#line(line));
  }

  /**
   * @param {string} line
   * @returns {ServerEvent[]}
   */
  #line(line) {
    if (line === "") return this.#dispatch();
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === "event") this.#event = value;
    if (field === "data") this.#data.push(value);
    return []; // a comment, or a field that nobody here reads
  }

  #dispatch() {
    const complete = this.#data.length
      ? [{ event: this.#event || "message", data: this.#data.join("\n") }]
      : [];
    this.#event = "";
    this.#data = [];
    return complete;
  }
}

/**
 * The events of a response, as they arrive.
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<ServerEvent>}
 */
export async function* eventsOf(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* parser.push(decoder.decode(value, { stream: true }));
  }
}
