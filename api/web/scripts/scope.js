/** Which documents are listed, and which may answer. No function here touches the page. */

import { counted } from "./text.js";

/**
 * @typedef {import("./types.js").DocumentSummary} DocumentSummary
 * @typedef {import("./types.js").Filters} Filters
 * @typedef {{title: string, source: string, from: string, to: string, ticked: Set<string>}} Scope
 */

const MOST = 1000; // ids that one request may name

/** @returns {Scope} that leaves nothing out */
export function everything() {
  return { title: "", source: "", from: "", to: "", ticked: new Set() };
}

/**
 * The documents that match title, source and days. Undated ones match no day.
 * @param {DocumentSummary[]} documents
 * @param {Scope} scope
 */
export function listed(documents, { title, source, from, to }) {
  const sought = title.trim().toLocaleLowerCase();
  return documents.filter(
    (each) =>
      `${each.title} ${each.id}`.toLocaleLowerCase().includes(sought) &&
      (!source || each.source === source) &&
      (!from || (each.published !== null && each.published >= from)) &&
      (!to || (each.published !== null && each.published <= to)),
  );
}

/**
 * What to send so that the ticked documents answer, or the listed ones where none is ticked.
 * @param {DocumentSummary[]} documents
 * @param {Scope} scope
 * @returns {Filters | null} null where no document may answer, or too many would have to be named
 */
export function filtersOf(documents, scope) {
  const { title, source, from, to, ticked } = scope;
  if (ticked.size) return ticked.size > MOST ? null : { documents: [...ticked] };
  if (!title.trim() && !source && !from && !to) return {};
  const ids = listed(documents, scope).map(({ id }) => id);
  if (!ids.length || (title.trim() && ids.length > MOST)) return null;
  return {
    ...(title.trim() && { documents: ids }),
    ...(source && { sources: [source] }),
    ...(from && { from }),
    ...(to && { to }),
  };
}

/**
 * Which documents may answer, in words.
 * @param {DocumentSummary[]} documents
 * @param {Scope} scope
 */
export function inWords(documents, scope) {
  const count = scope.ticked.size || listed(documents, scope).length;
  if (!count) return "No document matches: nothing could answer";
  if (!filtersOf(documents, scope))
    return `${count.toLocaleString("en")} are too many to name: choose ${MOST} or fewer`;
  if (scope.ticked.size) return `Only ${counted(count, "chosen document")} may answer`;
  if (count === documents.length) return `All ${counted(count, "document")} may answer`;
  return `Only the ${counted(count, "listed document")} may answer`;
}
