/** The source pane: a document as it is stored, the cited sentence lit. */

import { blocksOf, cellsOf } from "./blocks.js";
import { byId, copy, el, prose } from "./dom.js";
import { deepLink } from "./links.js";
import { removeButton } from "./removing.js";
import { Refusal, sourceDocument } from "./server.js";
import { counted, facts, oneLine } from "./text.js";

/**
 * @typedef {import("./types.js").Citation} Citation
 * @typedef {import("./types.js").Sentence} Sentence
 * @typedef {import("./types.js").SourceDocument} SourceDocument
 * @typedef {{id: string, sentence: number | null, citation?: Citation}} Wanted
 */

const TYPES = new Map([
  ["application/pdf", "PDF"],
  ["text/html", "web page"],
  ["text/markdown", "Markdown"],
  ["text/plain", "text"],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word"],
]);

export class SourceView {
  #section = byId("source");
  /** @type {SourceDocument | null} */
  #shown = null;
  #asked = 0;

  /**
   * Shows a document, and lights a sentence of it.
   * @param {Wanted} wanted
   */
  async open(wanted) {
    const asked = ++this.#asked;
    try {
      const found = await sourceDocument(wanted.id);
      if (asked !== this.#asked) return; // something else was opened meanwhile
      if (found.version !== this.#shown?.version || found.id !== this.#shown.id) this.#draw(found);
      document.title = `${oneLine(found.title)} · Pincite`;
      this.#light(found, wanted);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (asked === this.#asked) this.#refuse(wanted.id, error);
    }
  }

  /** @param {SourceDocument} found */
  #draw(found) {
    this.#shown = found;
    const type = TYPES.get(found.media_type) ?? found.media_type;
    const about = facts(found, type, counted(found.sentences.length, "sentence"));
    const others = found.places.filter((place) => place !== found.id);
    this.#section.replaceChildren(
      headNode(
        found.title,
        found.id,
        el("p", { class: "facts" }, about),
        el("p", { class: "id" }, el("bdi", {}, found.id)),
        others.length > 0 && el("p", { class: "facts" }, `The same text stands in ${others.join(", ")}`),
      ),
      el("p", { class: "notice", id: "moved", hidden: true }),
      el(
        "div",
        { class: "text", tabindex: 0, role: "region", "aria-label": "Text of the document" },
        blocksOf(found.text, found.sentences).map(blockNodes),
      ),
    );
  }

  /**
   * @param {SourceDocument} found
   * @param {Wanted} wanted
   */
  #light(found, { sentence, citation }) {
    for (const lit of this.#section.querySelectorAll(".lit, .beside")) {
      lit.classList.remove("lit", "beside");
      lit.removeAttribute("tabindex");
    }
    const { at, moved } = placeNow(found, sentence, citation);
    const notice = byId("moved");
    notice.hidden = !moved;
    notice.textContent = moved;
    const target = at === null ? null : byId("source").querySelector(`#s${at}`);
    if (!target) return focusOn(byId("source-title"));
    for (const next of [Number(at) - 1, Number(at) + 1])
      byId("source").querySelector(`#s${next}`)?.classList.add("beside");
    target.classList.add("lit");
    target.scrollIntoView({ block: "center" });
    focusOn(/** @type {HTMLElement} */ (target));
  }

  /**
   * @param {string} id
   * @param {Refusal} refusal
   */
  #refuse(id, { title, detail }) {
    this.#shown = null;
    this.#section.replaceChildren(
      headNode(id, null),
      el("div", { class: "notice", role: "alert" }, el("h3", {}, title), el("p", {}, prose(detail))),
    );
    focusOn(byId("source-title"));
  }
}

/**
 * @param {string} title
 * @param {string | null} id of the document that can be removed
 * @param {...import("./dom.js").Child} about
 */
function headNode(title, id, ...about) {
  const back = () => document.dispatchEvent(new CustomEvent("pincite:documents"));
  const close = () => document.dispatchEvent(new CustomEvent("pincite:close"));
  const copyLink = (/** @type {Event} */ event) =>
    copy(/** @type {HTMLElement} */ (event.currentTarget), location.href);
  return el(
    "header",
    {},
    el(
      "div",
      { class: "tools" },
      el(
        "button",
        { type: "button", class: "quiet", onclick: back },
        el("span", { "aria-hidden": "true" }, "← "),
        "All documents",
      ),
      el("button", { type: "button", class: "quiet", onclick: copyLink }, "Copy link"),
      id && removeButton(id),
      el("button", { type: "button", class: "quiet close", onclick: close }, "Close"),
    ),
    el("h2", { id: "source-title", tabindex: -1, dir: "auto" }, oneLine(title)),
    ...about,
  );
}

/**
 * Where a cited sentence stands in the document as it is now, and what to say if that is elsewhere.
 * @param {SourceDocument} found
 * @param {number | null} sentence
 * @param {Citation} [citation]
 * @returns {{at: number | null, moved: string}}
 */
function placeNow(found, sentence, citation) {
  if (citation && citation.document.version !== found.version) {
    const now = found.sentences.find(({ text }) => text === citation.quote);
    if (now)
      return { at: now.sentence, moved: "The document changed since; the sentence stands in it still." };
    return { at: null, moved: `The document changed since, and no longer says “${oneLine(citation.quote)}”` };
  }
  if (sentence !== null && sentence >= found.sentences.length)
    return { at: null, moved: `The document has no sentence ${sentence}.` };
  return { at: sentence, moved: "" };
}

/** @param {HTMLElement} element */
function focusOn(element) {
  if (!element.hasAttribute("tabindex")) element.setAttribute("tabindex", "-1");
  element.focus({ preventScroll: true });
}

/** @param {import("./blocks.js").Block} block */
function blockNodes({ kind, page, sentences }) {
  const divider = page ? el("p", { class: "page" }, `Page ${page}`) : null;
  if (kind === "heading")
    return [
      divider,
      el(
        "h3",
        {},
        sentences.map((each) => sentenceNode(each)),
      ),
    ];
  if (kind === "table") return [divider, tableNode(sentences)];
  const nodes = sentences.map((each) => [sentenceNode(each), kind === "lines" ? el("br") : " "]);
  return [divider, el("p", { class: kind, dir: "auto" }, nodes)];
}

/** @param {Sentence} sentence */
function sentenceNode(sentence) {
  return el("span", { id: `s${sentence.sentence}`, class: "sentence" }, oneLine(sentence.text));
}

/** @param {Sentence[]} rows */
function tableNode(rows) {
  const body = rows.map((row) =>
    el(
      "tr",
      { id: `s${row.sentence}`, class: "sentence" },
      cellsOf(row).map((cell) => el("td", { dir: "auto" }, cell)),
    ),
  );
  return el("table", {}, el("tbody", {}, body));
}
