/** Asking the server. What it refuses arrives as a `Refusal`, a server that does not answer as one, too. */

import { documentPath } from "./links.js";
import { eventsOf } from "./sse.js";

/**
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {import("./types.js").Filters} Filters
 * @typedef {import("./types.js").Message} Message
 * @typedef {{question?: string, messages?: Message[], filters?: Filters}} Chat
 */

/** Something the server cannot do, in its own words: a problem by RFC 9457. */
export class Refusal extends Error {
  /**
   * @param {string} title
   * @param {string} detail
   */
  constructor(title, detail) {
    super(detail);
    this.title = title;
    this.detail = detail;
  }
}

const GONE = [
  "The server does not answer",
  "Is `pincite serve` still running? Start it again, then try once more.",
];
const CUT_OFF = ["The connection was cut", "The answer did not arrive whole. Try once more."];

/** How much the index holds. */
export async function health() {
  return /** @type {{counts: {documents: number, sentences: number}}} */ (await json("/healthz"));
}

/** All documents, by id. */
export async function documents() {
  const sent = /** @type {{documents: import("./types.js").DocumentSummary[]}} */ (
    await json("/v1/documents")
  );
  return sent.documents;
}

/**
 * A document with its text and sentences.
 * @param {string} id
 */
export async function sourceDocument(id) {
  return /** @type {import("./types.js").SourceDocument} */ (await json(documentPath(id)));
}

/**
 * Asks, and tells what happens until the answer is complete.
 * @param {Chat} chat
 * @param {(event: string, data: any) => void} watch called for everything before the end
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 * @throws {Refusal} or an AbortError after `signal`
 */
export async function ask(chat, watch, signal) {
  const headers = { "Content-Type": "application/json", Accept: "text/event-stream" };
  const response = await request("/v1/chat/stream", {
    method: "POST",
    headers,
    body: JSON.stringify(chat),
    signal,
  });
  if (!response.body) throw new Refusal(CUT_OFF[0], CUT_OFF[1]);
  try {
    for await (const { event, data } of eventsOf(response.body)) {
      const sent = JSON.parse(data);
      if (event === "concluded") return sent;
      if (event === "error") throw new Refusal(sent.title, sent.detail);
      watch(event, sent);
    }
  } catch (error) {
    if (error instanceof TypeError) throw new Refusal(CUT_OFF[0], CUT_OFF[1]);
    throw error;
  }
  throw new Refusal(CUT_OFF[0], CUT_OFF[1]);
}

/** @param {string} path */
async function json(path) {
  return (await request(path, { headers: { Accept: "application/json" } })).json();
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal(GONE[0], GONE[1]);
  }
  if (!response.ok) throw await refusalIn(response);
  return response;
}

/** @param {Response} response */
async function refusalIn(response) {
  try {
    const problem = await response.json();
    return new Refusal(problem.title, problem.detail);
  } catch {
    return new Refusal(`The server answered ${response.status}`, response.statusText);
  }
}
