/** A stored text laid out again: which sentences form a paragraph, a list, a table. Touches no page. */

import { gaps } from "./text.js";

/**
 * @typedef {import("./types.js").Sentence} Sentence
 * @typedef {{kind: "heading" | "paragraph" | "lines" | "table", page: number | null,
 *   sentences: Sentence[]}} Block
 */

const ITEM = /^\s*(?:[-*•–]\s|\d{1,3}[.)]\s)/;
const CELLS = " | ";

/**
 * The blocks of a document, each sentence in exactly one. `page` is set where a new page begins.
 * @param {string} text
 * @param {Sentence[]} sentences in order
 * @returns {Block[]}
 */
export function blocksOf(text, sentences) {
  /** @type {Block[]} */
  const blocks = [];
  let page = null;
  for (const group of groupsOf(gaps(text, sentences), sentences)) {
    const first = group[0].page;
    blocks.push({ kind: kindOf(group), page: first === page ? null : first, sentences: group });
    page = first;
  }
  return blocks;
}

/**
 * The cells of a row of a table.
 * @param {Sentence} sentence
 */
export function cellsOf({ text }) {
  return text.split(CELLS);
}

/**
 * @param {string[]} before what stands before each sentence
 * @param {Sentence[]} sentences
 */
function groupsOf(before, sentences) {
  /** @type {Sentence[][]} */
  const groups = [];
  sentences.forEach((sentence, index) => {
    const last = sentences[index - 1];
    const apart = !last || before[index].includes("\n\n") || sentence.page !== last.page;
    if (apart || last.heading || sentence.heading || isRow(sentence) !== isRow(last)) groups.push([]);
    groups[groups.length - 1].push(sentence);
  });
  return groups;
}

/**
 * @param {Sentence[]} group
 * @returns {Block["kind"]}
 */
function kindOf(group) {
  if (group[0].heading) return "heading";
  if (
    group.length > 1 &&
    group.every((row) => cellsOf(row).length === cellsOf(group[0]).length) &&
    isRow(group[0])
  )
    return "table";
  return isRow(group[0]) || group.some(({ text }) => ITEM.test(text)) ? "lines" : "paragraph";
}

/** @param {Sentence} sentence */
function isRow({ text }) {
  return text.includes(CELLS);
}
