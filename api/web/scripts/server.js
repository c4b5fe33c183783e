/** Asking the server. What it refuses arrives as a `Refusal`, a server that does not answer as one, too. */

import { credentials } from "./key.js";
import { documentPath } from "./links.js";
import { eventsOf } from "./sse.js";

/**
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {import("./types.js").Filters} Filters
 * @typedef {import("./types.js").Message} Message
 * @typedef {{question?: string, messages?: Message[], filters?: Filters}} Chat
 * @typedef {(event: string, data: any) => void} Watch
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
const LISTED = 10_000; // documents
const CUT_OFF = ["The connection was cut", "Not everything arrived. Try once more."];

/** How much the index holds. */
export async function health() {
  return /** @type {{counts: {documents: number, sentences: number}}} */ (await json("/healthz"));
}

/** Whether documents may be added and removed, with the key that is sent. */
export async function mayChange() {
  const sent = /** @type {{change: boolean}} */ (await json("/v1/access"));
  return sent.change;
}

/**
 * Documents by id, up to a number that a page can hold, and how many there are in all.
 * @returns {Promise<{documents: import("./types.js").DocumentSummary[], total: number}>}
 */
export async function documents() {
  const found = [];
  for (let path = "/v1/documents"; ; ) {
    const sent = /** @type {import("./types.js").Listing} */ (await json(path));
    found.push(...sent.documents);
    if (sent.next === null || found.length >= LISTED) return { documents: found, total: sent.total };
    path = `/v1/documents?after=${encodeURIComponent(sent.next)}`;
  }
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
 * @param {Watch} watch called for everything before the end
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 * @throws {Refusal} or an AbortError after `signal`
 */
export async function ask(chat, watch, signal) {
  const headers = { "Content-Type": "application/json", Accept: "text/event-stream" };
  const options = { method: "POST", headers, body: JSON.stringify(chat), signal };
  return told(await request("/v1/chat/stream", options), "concluded", watch);
}

/**
 * Tells how far the reading of uploaded files has come, until it is done.
 * @param {string} job
 * @param {Watch} watch
 * @returns {Promise<{report: import("./types.js").Report}>}
 */
export async function follow(job, watch) {
  return told(await request(`/v1/jobs/${encodeURIComponent(job)}/events`, {}), "done", watch);
}

/**
 * Sends files; how far that has come is told as a share from 0 to 1.
 * @param {File[]} files
 * @param {(share: number) => void} watch
 * @returns {Promise<string>} the job that reads them
 */
export function send(files, watch) {
  const form = new FormData();
  for (const file of files) form.append("files", file);
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest(); // `fetch` does not tell how much of a body is sent
    sending.upload.onprogress = ({ loaded, total }) => watch(total ? loaded / total : 0);
    sending.onerror = () => reject(new Refusal(GONE[0], GONE[1]));
    sending.onload = () => {
      if (sending.status === 202) resolve(JSON.parse(sending.responseText).job);
      else reject(refusalOf(sending.responseText, sending.status));
    };
    sending.open("POST", "/v1/documents");
    for (const [name, value] of Object.entries(credentials())) sending.setRequestHeader(name, value);
    sending.send(form);
  });
}

/**
 * Removes a document from the index.
 * @param {string} id
 */
export async function remove(id) {
  await request(documentPath(id), { method: "DELETE" });
}

/**
 * The data of the last event of a stream.
 * @param {Response} response
 * @param {string} last its name
 * @param {Watch} watch called with each event before
 */
async function told(response, last, watch) {
  try {
    for await (const { event, data } of eventsOf(/** @type {ReadableStream} */ (response.body))) {
      const sent = JSON.parse(data);
      if (event === last) return sent;
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
    response = await fetch(path, { ...options, headers: { ...options.headers, ...credentials() } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal(GONE[0], GONE[1]);
  }
  if (!response.ok) throw refusalOf(await response.text(), response.status);
  return response;
}

/**
 * @param {string} body
 * @param {number} status
 */
function refusalOf(body, status) {
  if (status === 401) document.dispatchEvent(new CustomEvent("pincite:locked"));
  try {
    const problem = JSON.parse(body);
    return new Refusal(problem.title, problem.detail);
  } catch {
    return new Refusal(`The server answered ${status}`, body.slice(0, 200));
  }
}
