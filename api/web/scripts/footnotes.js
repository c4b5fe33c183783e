/** Numbering citations, and answers as text with footnotes. No function here touches the page. */

import { deepLink } from "./links.js";
import { dayOf, facts, oneLine, placeOf } from "./text.js";

/**
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {import("./types.js").Citation} Citation
 * @typedef {import("./types.js").Claim} Claim
 * @typedef {import("./types.js").Turn} Turn
 */

/** Numbers from 1 in the order of citing; a sentence cited again keeps its number. */
export class Numbers {
  /** @type {Map<string, {number: number, citation: Citation}>} */
  #known = new Map();
  #before;

  /** @param {number} [before] how many numbers are taken already */
  constructor(before = 0) {
    this.#before = before;
  }

  /** @param {Citation} citation */
  of(citation) {
    const key = JSON.stringify([citation.document.id, citation.document.version, citation.start]);
    const known = this.#known.get(key) ?? { number: this.#before + this.#known.size + 1, citation };
    this.#known.set(key, known);
    return known.number;
  }

  /** What was numbered, in order. */
  all() {
    return [...this.#known.values()];
  }
}

const REASONS = new Map([
  ["no passage was found", "No passage in these documents has to do with the question."],
  ["the documents are not about this", "These documents are not about this."],
  [
    "the documents tell of this, but not what the question presumes",
    "The documents tell of this, but not what the question takes for granted.",
  ],
  [
    "no sentence answers the question",
    "The documents touch on this, but no sentence in them answers the question.",
  ],
  [
    "the generator proposed no statement",
    "The chat model found nothing to say in the passages it was shown.",
  ],
  [
    "no proposed statement stood on its citations",
    "Statements were proposed, but none of them stood on the sentences it cited.",
  ],
]);

/**
 * Why there is no answer, in plain words.
 * @param {string | null} reason
 */
export function plainReason(reason) {
  return REASONS.get(reason ?? "") ?? reason ?? "";
}

/**
 * Why an abstention has no answer, or no longer.
 * @param {Answer} answer
 */
export function whyNone({ reason, withdrawn }) {
  if (!withdrawn) return plainReason(reason);
  const documents = withdrawn.documents.map(oneLine).join(", ");
  return `This answer was withdrawn on ${dayOf(withdrawn.at.slice(0, 10))}: it rested on ${documents}, which was removed.`;
}

const NOTES = new Map([
  ["partly", "partly supported"],
  ["unsupported", "not supported"],
]);

/**
 * What is to be said of a claim that its sources do not carry whole; "" for others.
 * @param {Claim} claim
 */
export function supportNote({ support, missing }) {
  const note = NOTES.get(support) ?? "";
  return note + (note ? lacking(missing) : "");
}

/**
 * Names what stands in no cited sentence; "" if nothing is known of.
 * @param {string[] | undefined} missing absent in answers kept from before it was told
 */
export function lacking(missing) {
  return missing?.length ? `; not in the source: ${missing.map(oneLine).join(", ")}` : "";
}

/**
 * An answer as plain text, its footnotes below.
 * @param {Answer} answer
 */
export function plainText(answer) {
  const numbers = new Numbers();
  const said = sentences(answer, (citation) => `[${numbers.of(citation)}]`, " ");
  const notes = numbers
    .all()
    .map(({ number, citation }) => `[${number}] ${footnote(citation, (text) => text)}`);
  return [said, ...notes].join("\n\n") + "\n";
}

/**
 * An answer as Markdown, its footnotes below.
 * @param {Answer} answer
 * @param {string} origin of links, such as `http://127.0.0.1:8000`
 * @param {Numbers} [numbers]
 */
export function markdown(answer, origin, numbers = new Numbers()) {
  const said = sentences(answer, (citation) => `[^${numbers.of(citation)}]`, "", escaped);
  const notes = numbers.all().map(({ number, citation }) => {
    const link = origin + deepLink(citation.document.id, citation.sentence);
    return `[^${number}]: ${footnote(citation, escaped)} <${link}>`;
  });
  return [said, ...notes].join("\n\n") + "\n";
}

/**
 * A whole conversation as Markdown; footnotes are numbered through.
 * @param {Turn[]} turns
 * @param {string} origin
 */
export function conversationMarkdown(turns, origin) {
  let before = 0;
  const parts = turns.map(({ question, answer }) => {
    const numbers = new Numbers(before);
    const said = markdown(answer, origin, numbers);
    before += numbers.all().length;
    return `## ${escaped(question)}\n\n${said}`;
  });
  return ["# Conversation with Pincite\n", ...parts].join("\n");
}

/**
 * Text that Markdown shows as it is.
 * @param {string} text
 */
export function escaped(text) {
  return oneLine(text)
    .replace(/[\\`*_{}[\]<>#|!~$&^]/g, "\\$&")
    .replace(/^([-+=]|\d+(?=[.)]))/, (start) => (/\d/.test(start) ? `${start}\\` : `\\${start}`))
    .replace(/:\/\//g, ":\\//"); // an address of a document's is not to become a link
}

/**
 * @param {Answer} answer
 * @param {(citation: Citation) => string} mark
 * @param {string} apart what stands between a claim and its marks
 * @param {(text: string) => string} [written]
 */
function sentences(answer, mark, apart, written = oneLine) {
  const notice = answer.notice ? [`Note: ${written(answer.notice)}`] : [];
  if (answer.outcome === "abstention")
    return [`No answer. ${whyNone(answer)}`, ...notice].join("\n\n");
  const said = answer.claims.map((claim) => {
    const marks = [...new Set(claim.citations.map(mark))].join("");
    const note = supportNote(claim);
    return `${written(claim.text)}${apart}${marks}${note && ` (${written(note)})`}`;
  });
  const apartFrom = answer.disagreements.map(({ claims, figures }) => {
    const sides = claims.map((claim, index) => {
      return `${written(figures[index])}${apart}${mark(answer.claims[claim].citations[0])}`;
    });
    return `Sources disagree: ${sides.join("; ")}`;
  });
  const left = answer.unanswered.map((part) => `No answer to: ${written(part)}`);
  return [said.join(" "), ...apartFrom, ...left, ...notice].join("\n\n");
}

/**
 * @param {Citation} citation
 * @param {(text: string) => string} written
 */
function footnote(citation, written) {
  const { document } = citation;
  const place = facts(document, placeOf(citation));
  return `“${written(oneLine(citation.quote))}” ${written(oneLine(document.title))} — ${written(place)} (${written(document.id)})`;
}
