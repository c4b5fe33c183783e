/** Citation marks: small numbers that are links to the sentence, previewed while pointed at or focused. */

import { byId, el } from "./dom.js";
import { deepLink } from "./links.js";
import { facts, oneLine, placeOf } from "./text.js";

/** @typedef {import("./types.js").Citation} Citation */

/** @type {WeakMap<Element, Citation>} */
const CITED = new WeakMap();
const LEAVING = 150; // milliseconds to cross from the mark into its preview

/**
 * A link to a cited sentence. Following it opens the source beside the chat; in a new tab it leads there, too.
 * @param {Citation} citation
 * @param {{class: string}} properties
 * @param {...import("./dom.js").Child} children
 */
export function citationLink(citation, properties, ...children) {
  const href = deepLink(citation.document.id, citation.sentence);
  const link = el("a", { ...properties, href, onclick: follow }, ...children);
  CITED.set(link, citation);
  return link;
}

/**
 * A mark such as a raised 1.
 * @param {Citation} citation
 * @param {number} number
 */
export function mark(citation, number) {
  const { document } = citation;
  const label = `Source ${number}: ${oneLine(document.title)}, ${facts(document, placeOf(citation))}`;
  const link = citationLink(citation, { class: "mark" }, String(number));
  link.setAttribute("aria-label", label);
  return el("sup", {}, link);
}

/** Shows previews from now on. */
export function watchMarks() {
  const preview = byId("preview");
  let leaving = 0;
  const stay = () => clearTimeout(leaving);
  const leave = () => {
    stay();
    leaving = setTimeout(hidePreview, LEAVING);
  };
  document.addEventListener("mouseover", (event) => {
    const link = markAt(event);
    if (link || preview.contains(/** @type {Node} */ (event.target))) stay();
    if (link) show(link);
  });
  document.addEventListener("mouseout", (event) => {
    if (markAt(event) || preview.contains(/** @type {Node} */ (event.target))) leave();
  });
  document.addEventListener("focusin", (event) => {
    const link = markAt(event);
    stay();
    if (link) show(link);
    else hidePreview();
  });
  byId("scroll").addEventListener("scroll", scrolled, { passive: true });
}

/** The preview of a focused mark goes with it: focusing it may be what scrolled. Any other is left behind. */
function scrolled() {
  const focused = document.activeElement?.closest(".mark[aria-describedby=preview]");
  if (focused) place(byId("preview"), focused.getBoundingClientRect());
  else hidePreview();
}

/** Whether there was a preview to hide. */
export function hidePreview() {
  const preview = byId("preview");
  const open = preview.matches(":popover-open");
  if (open) preview.hidePopover();
  document.querySelector("[aria-describedby=preview]")?.removeAttribute("aria-describedby");
  return open;
}

/** @param {Event} event */
function follow(event) {
  const click = /** @type {MouseEvent} */ (event);
  if (click.metaKey || click.ctrlKey || click.shiftKey) return; // the browser's own: a new tab
  event.preventDefault();
  hidePreview();
  const opener = /** @type {HTMLElement} */ (event.currentTarget);
  const detail = { citation: CITED.get(opener), opener };
  opener.dispatchEvent(new CustomEvent("pincite:open", { bubbles: true, detail }));
}

/** @param {Event} event */
function markAt(event) {
  return event.target instanceof Element ? event.target.closest(".mark") : null;
}

/** @param {Element} link */
function show(link) {
  const citation = CITED.get(link);
  if (!citation) return;
  hidePreview();
  const preview = byId("preview");
  preview.replaceChildren(
    el("p", { class: "quote", dir: "auto" }, `“${oneLine(citation.quote)}”`),
    el("p", { class: "title", dir: "auto" }, oneLine(citation.document.title)),
    el("p", { class: "facts" }, facts(citation.document, placeOf(citation))),
  );
  link.setAttribute("aria-describedby", "preview");
  preview.showPopover();
  place(preview, link.getBoundingClientRect());
}

/**
 * Above the mark where there is room, below it otherwise, and always inside the window.
 * @param {HTMLElement} preview
 * @param {DOMRect} at
 */
function place(preview, at) {
  const { width, height } = preview.getBoundingClientRect();
  const left = Math.max(12, Math.min(at.left + at.width / 2 - width / 2, innerWidth - width - 12));
  const above = at.top - height - 8;
  preview.style.left = `${left}px`;
  preview.style.top = `${above >= 8 ? above : at.bottom + 8}px`;
}
