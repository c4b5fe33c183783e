/** Adding documents: chosen or dropped files are sent, then read, and what became of each is told. */

import { byId, el, prose } from "./dom.js";
import { follow, Refusal, send } from "./server.js";
import { counted, oneLine } from "./text.js";

/** @typedef {import("./types.js").Report} Report */

const KINDS = ".txt,.md,.markdown,.html,.htm,.pdf,.docx,.jsonl,.ndjson";

export class Adding {
  #input = /** @type {HTMLInputElement} */ (
    el("input", { type: "file", multiple: true, accept: KINDS, hidden: true, "aria-label": "Files to add" })
  );
  #bar = /** @type {HTMLProgressElement} */ (el("progress", { max: 1, "aria-label": "Adding documents" }));
  #status = el("div", { class: "adding", role: "status", hidden: true });
  #busy = false;
  #allowed = true;

  /** What is put at the head of the list. */
  button = el(
    "button",
    { type: "button", class: "quiet add", onclick: () => this.#input.click() },
    "Add documents",
  );
  parts = [this.#input, this.#status];

  constructor() {
    this.#input.addEventListener("change", () => {
      this.#add([...(this.#input.files ?? [])]);
      this.#input.value = "";
    });
    this.#takeDrops(byId("pane"));
  }

  /**
   * Offers to add and to remove documents, or neither: a key may only read.
   * @param {boolean} change
   */
  allow(change) {
    this.#allowed = change;
    document.body.classList.toggle("read-only", !change);
  }

  /** @param {HTMLElement} pane */
  #takeDrops(pane) {
    addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      pane.classList.toggle("dropping", this.#allowed);
    });
    addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) pane.classList.remove("dropping");
    });
    addEventListener("drop", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault(); // the browser would leave the page and show the file
      pane.classList.remove("dropping");
      this.#add([...event.dataTransfer.files]);
    });
  }

  /** @param {File[]} files */
  async #add(files) {
    if (!files.length || this.#busy || !this.#allowed) return;
    this.#busy = true;
    try {
      this.#tell(`Sending ${counted(files.length, "file")}`, 0);
      const job = await send(files, (share) => (this.#bar.value = share));
      const { report } = await follow(job, (_, { done, total, document }) => {
        this.#tell(document ? `Reading ${oneLine(document)}` : "Reading", total ? done / total : 0);
      });
      this.#conclude(report);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#show(el("p", {}, el("strong", {}, error.title)), el("p", {}, prose(error.detail)));
    } finally {
      this.#busy = false;
    }
  }

  /**
   * @param {string} text
   * @param {number} share from 0 to 1
   */
  #tell(text, share) {
    this.#bar.value = share;
    this.#status.replaceChildren(el("p", { dir: "auto" }, text), this.#bar);
    this.#status.hidden = false;
  }

  /** @param {Report} report */
  #conclude({ added, replaced, unchanged, skipped }) {
    const told = [
      added && `${added} added`,
      replaced && `${replaced} replaced`,
      unchanged && `${unchanged} unchanged`,
      skipped.length && `${skipped.length} skipped`,
    ].filter(Boolean);
    const reasons = skipped.map(({ place, reason }) => {
      return el("li", {}, el("bdi", {}, oneLine(place)), `: ${reason}`);
    });
    this.#show(el("p", {}, told.join(", ") || "Nothing to add"), reasons.length > 0 && el("ul", {}, reasons));
    document.dispatchEvent(new CustomEvent("pincite:changed"));
  }

  /** @param {...import("./dom.js").Child} parts */
  #show(...parts) {
    const away = () => (this.#status.hidden = true);
    const button = el("button", { type: "button", class: "quiet", onclick: away }, "Dismiss");
    this.#status.replaceChildren(el("div", {}, ...parts), button);
    this.#status.hidden = false;
  }
}
