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
 * @param {number} unlisted how many more there are; of those, any may be of a source or a time
 * @returns {Filters | null} null where no document may answer, or too many would have to be named
 */
export function filtersOf(documents, scope, unlisted = 0) {
  const { title, source, from, to, ticked } = scope;
  if (ticked.size) return ticked.size > MOST ? null : { documents: [...ticked] };
  if (!title.trim() && !source && !from && !to) return {};
  const ids = listed(documents, scope).map(({ id }) => id);
  if (title.trim() ? !ids.length || ids.length > MOST : !ids.length && !unlisted) return null;
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
 * @param {number} unlisted how many more there are
 */
export function inWords(documents, scope, unlisted = 0) {
  const count = scope.ticked.size || listed(documents, scope).length;
  const filters = filtersOf(documents, scope, unlisted);
  if (!filters && !count) return "No document matches: nothing could answer";
  if (!filters) return `${count.toLocaleString("en")} are too many to name: choose ${MOST} or fewer`;
  if (scope.ticked.size) return `Only ${counted(count, "chosen document")} may answer`;
  if (unlisted) return inWordsOfMany(documents.length, count, filters, unlisted);
  if (count === documents.length) return `All ${counted(count, "document")} may answer`;
  return `Only the ${counted(count, "listed document")} may answer`;
}

/**
 * The same where not all documents are listed.
 * @param {number} shown
 * @param {number} count
 * @param {Filters} filters
 * @param {number} unlisted
 */
function inWordsOfMany(shown, count, filters, unlisted) {
  if (filters.documents) return `Only the ${counted(count, "listed document")} may answer`;
  const first = `the first ${shown.toLocaleString("en")} are listed`;
  if (Object.keys(filters).length) return `Documents of that choice may answer; of all, ${first}`;
  return `All ${counted(shown + unlisted, "document")} may answer; ${first}`;
}
