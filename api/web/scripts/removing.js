/** Removing a document: a button that asks back before it acts. */

import { announce, el } from "./dom.js";
import { Refusal, remove } from "./server.js";

/**
 * Pressed once it asks back, pressed again it removes; leaving it takes the question back.
 * @param {string} id of the document
 */
export function removeButton(id) {
  let sure = false;
  const button = /** @type {HTMLButtonElement} */ (
    el(
      "button",
      { type: "button", class: "quiet remove", onclick: press, onblur: () => ask(false) },
      "Remove",
    )
  );

  /** @param {boolean} asked */
  function ask(asked) {
    sure = asked;
    button.textContent = asked ? "Remove it for good?" : "Remove";
    button.classList.toggle("sure", asked);
    if (asked) announce("Remove it for good? Press again to remove.");
  }

  async function press() {
    if (!sure) return ask(true);
    button.disabled = true;
    try {
      await remove(id);
      document.dispatchEvent(new CustomEvent("pincite:removed", { detail: { id } }));
      document.dispatchEvent(new CustomEvent("pincite:changed"));
      document.dispatchEvent(new CustomEvent("pincite:documents"));
      announce("Removed");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      button.disabled = false;
      button.textContent = error.detail;
      announce(error.detail);
    }
  }

  return button;
}
