/** What was asked and answered so far. It outlives a reload of the tab, and is gone with the tab. */

import { plainReason } from "./footnotes.js";
import { withdraw } from "./withdrawing.js";

/**
 * @typedef {import("./types.js").Filters} Filters
 * @typedef {import("./types.js").Turn} Turn
 */

const KEY = "pincite.conversation";

export class Conversation {
  /** @type {Turn[]} */
  turns = remembered();

  /** @param {Turn} turn */
  add(turn) {
    this.turns.push(turn);
    this.#remember();
  }

  clear() {
    this.turns = [];
    this.#remember();
  }

  /**
   * Forgets what a removed document said; returns the turns that changed.
   * @param {string} id
   */
  withdraw(id) {
    const changed = withdraw(this.turns, id);
    if (changed.length) this.#remember();
    return changed;
  }

  /**
   * What is sent to ask a question: the question alone, or with what was said before it.
   * @param {string} question
   * @param {Filters} filters
   * @returns {import("./server.js").Chat}
   */
  request(question, filters) {
    if (!this.turns.length) return { question, filters };
    const earlier = this.turns.flatMap(({ question: asked, answer }) => [
      message("user", asked),
      message("assistant", answer.answer || plainReason(answer.reason)),
    ]);
    return { messages: [...earlier, message("user", question)], filters };
  }

  #remember() {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.turns));
    } catch {
      // storage is full or forbidden: the conversation lives as long as the page
    }
  }
}

/**
 * @param {"user" | "assistant"} role
 * @param {string} content
 * @returns {import("./types.js").Message}
 */
function message(role, content) {
  return { role, content };
}

/** @returns {Turn[]} */
function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
}
