/** The list of documents: finding some, and choosing which may answer. */

import { Adding } from "./adding.js";
import { byId, el } from "./dom.js";
import { deepLink } from "./links.js";
import { everything, filtersOf, inWords, listed } from "./scope.js";
import { documents, mayChange, Refusal } from "./server.js";
import { counted, facts, oneLine } from "./text.js";

/** @typedef {import("./types.js").DocumentSummary} DocumentSummary */

const INVITATION = "Drop files here, or choose “Add documents”.";
const SHOWN = 500; // of a longer list nobody reads the rest; it is found by title

export class Library {
  /** @type {DocumentSummary[]} */
  #documents = [];
  #unlisted = 0;
  #scope = everything();
  #list = el("ul", { class: "documents", "aria-labelledby": "library-title" });
  #told = el("p", { class: "told", role: "status" });
  #reset = el("button", { type: "button", class: "quiet", onclick: () => this.#clear() }, "Choose all");
  #filters = el("form", {
    class: "filters",
    oninput: () => this.#read(),
    onsubmit: (/** @type {Event} */ e) => e.preventDefault(),
  });
  #adding = new Adding();
  #invitation = el("p", { class: "invitation" }, INVITATION);

  constructor() {
    const close = () => document.dispatchEvent(new CustomEvent("pincite:close"));
    byId("library").replaceChildren(
      el(
        "header",
        {},
        el("h2", { id: "library-title", tabindex: -1 }, "Documents"),
        this.#adding.button,
        el("button", { type: "button", class: "quiet close", onclick: close }, "Close"),
      ),
      ...this.#adding.parts,
      this.#filters,
      el("div", { class: "chosen" }, this.#told, this.#reset),
      this.#list,
      this.#invitation,
    );
  }

  /** Asks the server for the documents there are now. */
  async load() {
    try {
      const change = await mayChange(); // asked first: whoever may add documents may, where there are none yet
      this.#adding.allow(change);
      this.#invitation.textContent = change ? INVITATION : "";
      const found = await documents();
      this.#documents = found.documents;
      this.#unlisted = found.total - found.documents.length;
      const known = new Set(this.#documents.map(({ id }) => id));
      this.#scope.ticked = new Set([...this.#scope.ticked].filter((id) => known.has(id)));
      this.#drawFilters();
      this.#draw();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#draw(); // what was listed, and chosen, holds on: an error is not to widen what may answer
      this.#told.textContent = error.title;
    }
  }

  /** What may answer, as it is sent with a question; null for nothing. */
  filters() {
    return this.#documents.length ? filtersOf(this.#documents, this.#scope, this.#unlisted) : {};
  }

  #drawFilters() {
    const sources = [...new Set(this.#documents.map(({ source }) => source).filter(Boolean))].sort();
    const scope = this.#scope;
    if (!sources.includes(scope.source)) scope.source = "";
    const option = (/** @type {string} */ source) =>
      el("option", { value: source, selected: source === scope.source }, oneLine(source));
    this.#filters.replaceChildren(
      field("Title", el("input", { type: "search", name: "title", value: scope.title, autocomplete: "off" })),
      field(
        "Source",
        el("select", { name: "source" }, el("option", { value: "" }, "All sources"), sources.map(option)),
      ),
      field("From", el("input", { type: "date", name: "from", value: scope.from })),
      field("To", el("input", { type: "date", name: "to", value: scope.to })),
    );
  }

  #read() {
    const given = new FormData(/** @type {HTMLFormElement} */ (this.#filters));
    for (const name of /** @type {const} */ (["title", "source", "from", "to"])) {
      this.#scope[name] = String(given.get(name) ?? "");
    }
    this.#draw();
  }

  #clear() {
    this.#scope = everything();
    this.#drawFilters();
    this.#draw();
    byId("library-title").focus();
  }

  #draw() {
    const found = listed(this.#documents, this.#scope);
    const more = found.length - SHOWN;
    this.#list.replaceChildren(...found.slice(0, SHOWN).map((each) => this.#item(each)));
    if (more > 0) this.#list.append(el("li", { class: "facts" }, `and ${counted(more, "more document")}`));
    this.#tell();
  }

  #tell() {
    const none = this.#documents.length === 0;
    this.#filters.hidden = none;
    this.#list.hidden = none;
    this.#invitation.hidden = !none;
    const told = none ? "There are no documents yet." : inWords(this.#documents, this.#scope, this.#unlisted);
    const narrowed = !none && JSON.stringify(this.filters()) !== "{}";
    this.#told.textContent = told;
    this.#reset.hidden = !narrowed;
    byId("scope").textContent = none ? "" : told;
    byId("scope").classList.toggle("narrowed", narrowed);
  }

  /** @param {DocumentSummary} document */
  #item(document) {
    const tick = /** @type {HTMLInputElement} */ (
      el("input", {
        type: "checkbox",
        "aria-label": `Choose ${oneLine(document.title)}`,
        onchange: () => {
          this.#scope.ticked[tick.checked ? "add" : "delete"](document.id);
          this.#tell();
        },
      })
    );
    tick.checked = this.#scope.ticked.has(document.id);
    const open = (/** @type {Event} */ event) => openHere(event, document.id);
    return el(
      "li",
      {},
      tick,
      el(
        "a",
        { href: deepLink(document.id), onclick: open },
        el("bdi", { class: "title" }, oneLine(document.title)),
        el("span", { class: "facts" }, facts(document, counted(document.sentences, "sentence"))),
      ),
    );
  }
}

/**
 * @param {Event} event
 * @param {string} id
 */
function openHere(event, id) {
  const click = /** @type {MouseEvent} */ (event);
  if (click.metaKey || click.ctrlKey || click.shiftKey) return; // the browser's own: a new tab
  event.preventDefault();
  const opener = event.currentTarget;
  opener?.dispatchEvent(new CustomEvent("pincite:open", { bubbles: true, detail: { id, opener } }));
}

/**
 * @param {string} label
 * @param {HTMLElement} input
 */
function field(label, input) {
  input.id = `filter-${label.toLowerCase()}`;
  return el("div", {}, el("label", { for: input.id }, label), input);
}
