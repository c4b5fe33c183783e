/**
 * Building the page out of nodes. Text becomes text nodes and nothing else: the server's policy forbids
 * the page every way of turning a string into markup.
 */

/**
 * What may be put into an element; null and false stand for nothing.
 * @typedef {Node | string | number | null | undefined | false} Leaf
 * @typedef {Leaf | (Leaf | Leaf[])[]} Child
 */

/**
 * A new element.
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] attributes; a function `onclick` becomes a listener for
 *   `click`; false and null leave an attribute out, true sets it empty
 * @param {...Child} children strings become text
 * @returns {HTMLElement}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function")
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, String(value));
  }
  add(element, children);
  return element;
}

/**
 * The element of an id that the page was written with.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * The server's advice as a sentence; `backticks` in it become code.
 * @param {string} text
 * @returns {Leaf[]}
 */
export function prose(text) {
  const sentence = text.charAt(0).toUpperCase() + text.slice(1) + (/[\w`’'")]$/.test(text) ? "." : "");
  return sentence.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

/**
 * Says something to those who listen rather than look.
 * @param {string} text
 */
export function announce(text) {
  byId("announcer").textContent = text;
}

/**
 * Copies text and says on the button that it was done, or was not.
 * @param {HTMLElement} button
 * @param {string} text
 */
export async function copy(button, text) {
  const label = button.dataset.label ?? button.textContent ?? "";
  button.dataset.label = label;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "The browser did not allow it";
  }
  announce(button.textContent);
  setTimeout(() => (button.textContent = label), 2000);
}

/**
 * @param {HTMLElement} parent
 * @param {(Leaf | Leaf[] | Child)[]} children
 */
function add(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(parent, child);
    else if (child instanceof Node) parent.append(child);
    else if (child !== null && child !== undefined && child !== false) parent.append(String(child));
  }
}
