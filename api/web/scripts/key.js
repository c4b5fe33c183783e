/** The API key that a server may ask for. It is kept for this tab, and sent to this server alone. */

import { el } from "./dom.js";

const KEY = "pincite.key";
let key = stored();

/**
 * What a request carries so that the server lets it in.
 * @returns {Record<string, string>}
 */
export function credentials() {
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** Asks for a key from now on, whenever the server does. */
export function watchLock() {
  const reason = el("p", {});
  const attributes = {
    type: "password",
    required: true,
    pattern: "[!-~]+",
    autocomplete: "current-password",
  };
  const input = /** @type {HTMLInputElement} */ (el("input", { id: "key", ...attributes }));
  const dialog = /** @type {HTMLDialogElement} */ (
    el(
      "dialog",
      { class: "key", "aria-labelledby": "key-title" },
      el(
        "form",
        { method: "dialog", onsubmit: () => use(input) },
        el("h2", { id: "key-title" }, "This server asks for a key"),
        reason,
        el("label", { for: "key" }, "API key"),
        input,
        el(
          "div",
          { class: "answers" },
          el("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Not now"),
          el("button", { type: "submit", class: "primary" }, "Use this key"),
        ),
      ),
    )
  );
  document.addEventListener("pincite:locked", () => {
    reason.textContent = key
      ? "The one you gave is no key of this server, or no longer."
      : "Whoever runs it makes one with “pincite key create”.";
    if (!dialog.isConnected) document.body.append(dialog); // most servers never ask
    if (!dialog.open) dialog.showModal();
  });
}

/** @param {HTMLInputElement} input */
function use(input) {
  key = input.value.trim();
  input.value = "";
  try {
    sessionStorage.setItem(KEY, key);
  } catch {
    // storage is forbidden: the key lives as long as the page
  }
  document.dispatchEvent(new CustomEvent("pincite:changed"));
}

function stored() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
