/** The pane beside the chat: the list of documents or one of them; on narrow screens a sheet over the chat. */

import { byId } from "./dom.js";
import { deepLink, placeIn } from "./links.js";
import { SourceView } from "./source.js";

/** @typedef {import("./source.js").Wanted} Wanted */

export class Pane {
  #source = new SourceView();
  #narrow = matchMedia("(max-width: 60rem)");
  /** @type {HTMLElement | null} */
  #opener = null;

  constructor() {
    document.addEventListener("pincite:open", (event) =>
      this.#openNew(/** @type {CustomEvent} */ (event).detail),
    );
    document.addEventListener("pincite:documents", () => this.documents());
    document.addEventListener("pincite:close", () => this.close());
    addEventListener("popstate", () => this.route());
    this.#narrow.addEventListener("change", () => this.#cover());
  }

  /** Shows what the address says. */
  route() {
    const place = placeIn(location);
    if (place) this.#open(place);
    else this.#choose("library");
  }

  /** Shows the list. */
  documents() {
    this.#leave();
    this.#choose("library");
    this.#rise();
    byId("library-title").focus();
  }

  /** Whether there was a sheet, or a document, to put away. */
  close() {
    const sheet = this.#isSheet();
    if (!sheet && byId("source").hidden) return false;
    document.body.classList.remove("sheet");
    this.#cover();
    this.#leave();
    this.#choose("library");
    const opener = this.#opener;
    this.#opener = null;
    (opener?.isConnected ? opener : byId("question")).focus();
    return true;
  }

  /** @param {{id?: string, citation?: import("./types.js").Citation, opener: HTMLElement}} wanted */
  #openNew({ id, citation, opener }) {
    this.#opener = opener;
    this.#point(opener);
    const wanted = { id: citation?.document.id ?? id ?? "", sentence: citation?.sentence ?? null, citation };
    const link = deepLink(wanted.id, wanted.sentence);
    if (link !== location.pathname + location.hash) history.pushState(null, "", link);
    this.#open(wanted);
  }

  /** @param {Wanted} wanted */
  #open(wanted) {
    this.#choose("source");
    this.#rise();
    this.#source.open(wanted);
  }

  /** @param {"library" | "source"} section */
  #choose(section) {
    if (section === "library") document.title = "Pincite";
    byId("library").hidden = section !== "library";
    byId("source").hidden = section !== "source";
  }

  /**
   * The mark, or the entry of a list, whose source is open is to be told from the others.
   * @param {Element | null} link
   */
  #point(link) {
    for (const pointed of document.querySelectorAll("a[aria-current]"))
      pointed.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
  }

  #leave() {
    this.#point(null);
    if (placeIn(location)) history.pushState(null, "", "/");
  }

  #rise() {
    document.body.classList.add("sheet");
    this.#cover();
  }

  #isSheet() {
    return this.#narrow.matches && document.body.classList.contains("sheet");
  }

  /** What lies under a sheet can be neither reached nor heard. */
  #cover() {
    const sheet = this.#isSheet();
    for (const under of document.querySelectorAll(".bar, .chat")) under.toggleAttribute("inert", sheet);
  }
}
