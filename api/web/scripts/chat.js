/** Asking: the composer, the turns of the conversation, and stopping. */

import { spoken } from "./answer.js";
import { Conversation } from "./conversation.js";
import { announce, byId } from "./dom.js";
import { conversationMarkdown } from "./footnotes.js";
import { ask, Refusal } from "./server.js";
import { TurnView } from "./turn.js";

/**
 * @typedef {import("./types.js").Filters} Filters
 * @typedef {import("./types.js").Turn} Turn
 */

export class Chat {
  #conversation = new Conversation();
  /** @type {WeakMap<Turn, TurnView>} */
  #views = new WeakMap();
  /** @type {AbortController | null} */
  #running = null;
  #question = /** @type {HTMLTextAreaElement} */ (byId("question"));
  #filters;

  /** @param {() => Filters | null} filters what may answer; null for nothing at all */
  constructor(filters) {
    this.#filters = filters;
    for (const turn of this.#conversation.turns) this.#conclude(turn, this.#show(turn.question));
    document.addEventListener("pincite:removed", (event) => {
      this.#withdraw(/** @type {CustomEvent<{id: string}>} */ (event).detail.id);
    });
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#question.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#question.addEventListener("input", () => fit(this.#question));
    byId("stop").addEventListener("click", () => this.stop());
    byId("new").addEventListener("click", () => this.#startAnew());
    byId("export").addEventListener("click", () => this.#export());
    this.#update();
  }

  /** Whether there was an answer on its way to be stopped. */
  stop() {
    const running = this.#running !== null;
    this.#running?.abort();
    return running;
  }

  #submit() {
    const question = this.#question.value.trim();
    if (!question || this.#running) return;
    const filters = this.#filters();
    if (!filters) return announce("No document is chosen that could answer.");
    this.#question.value = "";
    fit(this.#question);
    this.#ask(question, filters);
  }

  /**
   * @param {string} question
   * @param {Filters} filters
   */
  async #ask(question, filters) {
    const running = new AbortController();
    this.#running = running;
    const turn = this.#show(question);
    turn.node.scrollIntoView({ block: "start", behavior: "smooth" });
    announce("Looking for an answer");
    this.#update();
    try {
      const request = this.#conversation.request(question, filters);
      const answer = await ask(request, (event, data) => turn.progress(event, data), running.signal);
      running.signal.throwIfAborted(); // complete and stopped in the same moment
      const told = { question, answer };
      this.#conversation.add(told);
      this.#conclude(told, turn);
      announce(spoken(answer));
    } catch (error) {
      this.#end(error, turn, question, filters);
    } finally {
      if (this.#running === running) this.#running = null;
      this.#update();
    }
  }

  /**
   * @param {unknown} error
   * @param {TurnView} turn
   * @param {string} question
   * @param {Filters} filters
   */
  #end(error, turn, question, filters) {
    if (error instanceof Refusal) {
      turn.fail(error, () => {
        turn.node.remove();
        this.#ask(question, filters);
      });
    } else if (error instanceof DOMException && error.name === "AbortError") {
      turn.stop();
      announce("Stopped");
    } else throw error;
  }

  /**
   * @param {Turn} turn
   * @param {TurnView} view
   */
  #conclude(turn, view) {
    this.#views.set(turn, view);
    view.conclude(turn.answer);
  }

  /** @param {string} id of a document that was removed */
  #withdraw(id) {
    for (const turn of this.#conversation.withdraw(id)) this.#views.get(turn)?.conclude(turn.answer);
  }

  /** @param {string} question */
  #show(question) {
    const turn = new TurnView(question);
    byId("turns").append(turn.node);
    return turn;
  }

  #startAnew() {
    this.stop();
    this.#conversation.clear();
    byId("turns").replaceChildren();
    this.#update();
    this.#question.focus();
  }

  #export() {
    const text = conversationMarkdown(this.#conversation.turns, location.origin);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
    link.download = "conversation.md";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  #update() {
    const running = this.#running !== null;
    const begun = byId("turns").childElementCount > 0;
    const stopping = document.activeElement === byId("stop");
    byId("ask").hidden = running;
    byId("stop").hidden = !running;
    byId("welcome").hidden = begun;
    byId("chat").classList.toggle("fresh", !begun);
    byId("new").hidden = !begun;
    byId("export").hidden = this.#conversation.turns.length === 0;
    if (stopping && !running) this.#question.focus(); // a focused button that vanishes drops the focus
  }
}

/**
 * Makes a field as high as its text, where style sheets cannot.
 * @param {HTMLTextAreaElement} field
 */
function fit(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
