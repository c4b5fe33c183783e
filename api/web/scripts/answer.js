/** An outcome on the page: claims with their marks, or why there is no answer. */

import { copy, el } from "./dom.js";
import { lacking, markdown, Numbers, plainText, supportNote, whyNone } from "./footnotes.js";
import { citationLink, mark } from "./marks.js";
import { counted, cut, dayOf, facts, oneLine, placeOf } from "./text.js";

/**
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {import("./types.js").Citation} Citation
 * @typedef {import("./types.js").Claim} Claim
 * @typedef {import("./types.js").Disagreement} Disagreement
 */

const MEANING = {
  verbatim: "Word for word a sentence of the source",
  supported: "In other words than the source, which carries it",
  partly: "The source carries it only in part",
  unsupported: "The source does not carry it",
};

/**
 * A claim, its short answer marked, its sources numbered.
 * @param {Claim} claim
 * @param {Numbers} numbers
 */
export function claimNode(claim, numbers) {
  const [before, answer, after] = claim.highlight ? cut(claim.text, claim.highlight) : [claim.text, "", ""];
  const marks = new Map(claim.citations.map((citation) => [numbers.of(citation), citation]));
  return el(
    "p",
    { class: "claim", dir: "auto" },
    before,
    answer && el("mark", {}, answer),
    after,
    el(
      "span",
      { class: "marks" },
      [...marks].map(([number, citation]) => mark(citation, number)),
    ),
    supportNode(claim),
  );
}

/**
 * How far its sources carry a claim, and where they do not, what is missing in them.
 * @param {Claim} claim
 */
function supportNode(claim) {
  const note = supportNote(claim);
  const properties = { class: note ? "support flagged" : "support", title: MEANING[claim.support] ?? "" };
  return el("span", { ...properties, dir: "auto" }, note || claim.support);
}

/**
 * Everything of an outcome below the question.
 * @param {Answer} answer
 */
export function outcomeNodes(answer) {
  return answer.outcome === "answer" ? answerNodes(answer) : abstentionNodes(answer);
}

/**
 * An outcome as it is read out.
 * @param {Answer} answer
 */
export function spoken(answer) {
  if (answer.withdrawn) return whyNone(answer);
  const notice = answer.notice ? ` Note: ${answer.notice}.` : "";
  if (answer.outcome === "abstention") return `No answer. ${whyNone(answer)}${notice}`;
  const sources = new Set(
    answer.claims.flatMap(({ citations }) => citations.map(({ document }) => document.id)),
  );
  const differing = answer.disagreements.length ? " Sources disagree." : "";
  const left = answer.unanswered.map((part) => ` No answer to: ${part}`).join("");
  const flagged = answer.claims.filter(supportNote).map((claim) => ` ${supportNote(claim)}: ${claim.text}`);
  return `${answer.answer}${differing}${left}${flagged.join("")}${notice} ${counted(answer.claims.length, "statement")}, ${counted(sources.size, "source")}.`;
}

/** @param {Answer} answer */
function answerNodes(answer) {
  const numbers = new Numbers();
  const claims = answer.claims.map((claim) => claimNode(claim, numbers));
  return [
    el("div", { class: "claims" }, claims),
    answer.disagreements.map((disagreement) => disagreementNode(disagreement, answer.claims, numbers)),
    answer.unanswered.map((part) => el("p", { class: "unanswered" }, `No answer to: ${part}`)),
    noticeNodes(answer),
    el(
      "ol",
      { class: "sources", "aria-label": "Sources" },
      numbers.all().map(({ citation }) => sourceItem(citation)),
    ),
    footerNode(answer),
  ];
}

/** @param {Answer} answer */
function abstentionNodes(answer) {
  if (answer.withdrawn) {
    return [el("div", { class: "abstention outcome" }, el("h3", {}, "Withdrawn"), el("p", { dir: "auto" }, whyNone(answer)))];
  }
  const nearest = answer.nearest.map((citation) => {
    return el("li", {}, citationLink(citation, { class: "near" }, quoted(citation), sourceFacts(citation)));
  });
  return [
    el(
      "div",
      { class: "abstention" },
      el("h3", {}, "No answer"),
      el("p", {}, whyNone(answer)),
      noticeNodes(answer),
      nearest.length > 0 && [
        el("h4", {}, "The nearest sentences, which are not an answer"),
        el("ul", { class: "nearest" }, nearest),
      ],
    ),
    footerNode(answer),
  ];
}

/**
 * What went wrong with a chat model, and what was done instead.
 * @param {Answer} answer
 */
function noticeNodes({ notice }) {
  return notice ? [el("p", { class: "unanswered" }, `Note: ${oneLine(notice)}`)] : [];
}

/** @param {Citation} citation */
function quoted(citation) {
  return el("span", { class: "quote", dir: "auto" }, `“${oneLine(citation.quote)}”`);
}

/** @param {Citation} citation */
function sourceFacts(citation) {
  return el(
    "span",
    { class: "facts" },
    el("bdi", {}, oneLine(citation.document.title)),
    ` · ${facts(citation.document, placeOf(citation))}`,
  );
}

/** @param {Citation} citation */
function sourceItem(citation) {
  const title = el("bdi", { class: "title" }, oneLine(citation.document.title));
  const where = el("span", { class: "facts" }, facts(citation.document, placeOf(citation)));
  return el("li", {}, citationLink(citation, { class: "source-link" }, title, " ", where));
}

/**
 * Both sides, the newest first.
 * @param {Disagreement} disagreement
 * @param {Claim[]} claims
 * @param {Numbers} numbers
 */
function disagreementNode({ claims: positions, figures }, claims, numbers) {
  const sides = positions.map((position, index) => ({
    figure: figures[index],
    cited: claims[position].citations[0],
  }));
  sides.sort((one, other) => day(other.cited).localeCompare(day(one.cited)));
  const items = sides.map(({ figure, cited }) => {
    return el(
      "li",
      {},
      el("strong", { dir: "auto" }, oneLine(figure)),
      el("span", { class: "day" }, dayOf(cited.document.published) || "undated"),
      el(
        "span",
        { class: "title" },
        el("bdi", {}, oneLine(cited.document.title)),
        mark(cited, numbers.of(cited)),
      ),
    );
  });
  return el("section", { class: "disagreement" }, el("h3", {}, "Sources disagree"), el("ul", {}, items));
}

/**
 * What sorts by day; the undated come first, and so last among the newest.
 * @param {Citation} citation
 */
function day({ document }) {
  return document.published ?? "";
}

/** @param {Answer} answer */
function footerNode(answer) {
  const sure = Math.round(answer.confidence * 100);
  const meter = el("meter", { min: 0, max: 100, value: sure, "aria-label": "Confidence" });
  return el(
    "footer",
    { class: "outcome" },
    el("span", { class: "confidence" }, meter, `Confidence ${sure} %`),
    answer.outcome === "answer" && copyButtons(answer),
    withheldNode(answer),
    traceNode(answer),
  );
}

/** @param {Answer} answer */
function copyButtons(answer) {
  const button = (/** @type {string} */ label, /** @type {() => string} */ text) =>
    el(
      "button",
      {
        type: "button",
        class: "quiet",
        onclick: (/** @type {Event} */ event) =>
          copy(/** @type {HTMLElement} */ (event.currentTarget), text()),
      },
      label,
    );
  return el(
    "span",
    { class: "copy" },
    button("Copy text", () => plainText(answer)),
    button("Copy Markdown", () => markdown(answer, location.origin)),
  );
}

/** @param {Answer} answer */
function withheldNode({ trace: { withheld } }) {
  if (!withheld.length) return null;
  const items = withheld.map(({ text, reason, missing }) => {
    const why = el("span", { dir: "auto" }, `${reason}${lacking(missing)}`);
    return el("li", {}, el("q", { dir: "auto" }, oneLine(text) || "(nothing)"), " ", why);
  });
  const title = `${counted(withheld.length, "statement")} withheld`;
  return el("details", { class: "withheld" }, el("summary", {}, title), el("ul", {}, items));
}

/** @param {Answer} answer */
function traceNode({ trace }) {
  const seconds = trace.durations.reduce((sum, step) => sum + step.seconds, 0);
  const done =
    `${counted(trace.retrieved.length, "passage")} found, ${counted(trace.shown.length, "sentence")} weighed, ` +
    `${seconds.toFixed(2)} seconds.`;
  return el(
    "details",
    { class: "trace" },
    el("summary", {}, "How it was found"),
    el("p", {}, "Searched for ", el("q", { dir: "auto" }, trace.query), ". ", done),
    draftingNode(trace),
  );
}

/**
 * What a chat model did, if one was asked.
 * @param {Answer["trace"]} trace
 */
function draftingNode({ generator, rewriting, drafting }) {
  if (!drafting.requests && !drafting.cached) return null;
  const tokens = `${drafting.input_tokens ?? "?"} tokens sent, ${drafting.output_tokens ?? "?"} received.`;
  const asked = drafting.cached ? "Drafted at an earlier time." : `${counted(drafting.requests, "request")}, ${tokens}`;
  const remarks = [rewriting && `question ${rewriting}`, ...drafting.remarks].filter(Boolean).join("; ");
  return el("p", {}, `Written by ${oneLine(generator)}. ${asked} ${oneLine(remarks)}`);
}
