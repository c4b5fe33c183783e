/** The page: puts its parts together. */

import { Chat } from "./chat.js";
import { byId, el, prose } from "./dom.js";
import { watchLock } from "./key.js";
import { Library } from "./library.js";
import { hidePreview, watchMarks } from "./marks.js";
import { Pane } from "./pane.js";
import { health, Refusal } from "./server.js";
import { counted } from "./text.js";

const library = new Library();
const pane = new Pane();
const chat = new Chat(() => library.filters());

watchMarks();
watchLock();
byId("show-documents").addEventListener("click", () => pane.documents());
document.addEventListener("keydown", (event) => {
  // The nearest thing to be put away goes first.
  if (event.key === "Escape" && (hidePreview() || chat.stop() || pane.close())) event.preventDefault();
});
document.addEventListener("pincite:changed", load);
pane.route();
await load();

/** Asks the server what there is, again after every change. */
async function load() {
  await Promise.all([welcome(), library.load()]);
}

/** Says what there is to be asked, or what is missing. */
async function welcome() {
  try {
    const { counts } = await health();
    byId("state").replaceChildren(counts.documents ? ready(counts) : empty());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    byId("state").replaceChildren(missing(error));
  }
}

/** @param {{documents: number, sentences: number}} counts */
function ready({ documents, sentences }) {
  return el("p", { class: "facts" }, `${counted(documents, "document")} · ${counted(sentences, "sentence")}`);
}

function empty() {
  return el(
    "p",
    { class: "notice" },
    prose("The index holds no documents yet. Run `pincite ingest FOLDER` to add some."),
  );
}

/** @param {Refusal} refusal */
function missing({ title, detail }) {
  const button = el("button", { type: "button", class: "quiet", onclick: load }, "Try again");
  return el("div", { class: "notice" }, el("h3", {}, title), el("p", {}, prose(detail)), button);
}
