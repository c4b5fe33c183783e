/** One question and what becomes of it, on the page. */

import { claimNode, outcomeNodes } from "./answer.js";
import { el, prose } from "./dom.js";
import { Numbers } from "./footnotes.js";
import { counted } from "./text.js";

/**
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {import("./server.js").Refusal} Refusal
 */

export class TurnView {
  #numbers = new Numbers();
  #withheld = 0;
  #status = el("p", { class: "progress" }, "Looking for passages");
  #claims = el("div", { class: "claims" });
  #body = el("div", { class: "body", "aria-busy": "true" }, this.#claims, this.#status);
  node;

  /** @param {string} question */
  constructor(question) {
    this.node = el("article", { class: "turn" }, el("h2", { dir: "auto" }, question), this.#body);
  }

  /**
   * Shows what happens before the answer is complete.
   * @param {string} event
   * @param {any} data
   */
  progress(event, data) {
    if (event === "retrieved")
      this.#status.textContent = `Reading ${counted(data.passages.length, "passage")}`;
    if (event === "claim") this.#claims.append(claimNode(data.claim, this.#numbers));
    if (event === "withheld") {
      this.#withheld += 1;
      this.#status.textContent = `${counted(this.#withheld, "statement")} withheld`;
    }
  }

  /** @param {Answer} answer */
  conclude(answer) {
    this.#settle(...outcomeNodes(answer).flat());
  }

  /** What was said stays, and is called what it is. */
  stop() {
    this.#settle(this.#claims, el("p", { class: "notice" }, "Stopped before the answer was complete."));
  }

  /**
   * @param {Refusal} refusal
   * @param {() => void} again
   */
  fail({ title, detail }, again) {
    const button = el("button", { type: "button", class: "quiet", onclick: again }, "Try again");
    const notice = el(
      "div",
      { class: "notice", role: "alert" },
      el("h3", {}, title),
      el("p", {}, prose(detail)),
      button,
    );
    this.#settle(this.#claims, notice);
  }

  /** @param {...Node} nodes */
  #settle(...nodes) {
    this.#body.replaceChildren(...nodes);
    this.#body.removeAttribute("aria-busy");
  }
}
