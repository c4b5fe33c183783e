/** Text: places in it, and how dates and counts are written. No function here touches the page. */

/** @typedef {import("./types.js").Span} Span */

/**
 * The text before, inside and after a span. Spans count code points; JavaScript's strings count UTF-16
 * units, of which a code point may take two.
 * @param {string} text
 * @param {Span} span half-open
 * @returns {[string, string, string]}
 */
export function cut(text, { start, end }) {
  const points = Array.from(text);
  return [points.slice(0, start).join(""), points.slice(start, end).join(""), points.slice(end).join("")];
}

/**
 * What stands between consecutive spans of a text, before the first span first.
 * @param {string} text
 * @param {Span[]} spans in order
 * @returns {string[]} one for each span
 */
export function gaps(text, spans) {
  const points = Array.from(text);
  return spans.map(({ start }, index) => points.slice(index ? spans[index - 1].end : 0, start).join(""));
}

/**
 * Text on one line, single-spaced.
 * @param {string} text
 */
export function oneLine(text) {
  return text.trim().split(/\s+/u).join(" ");
}

/**
 * Such as `3 sentences`.
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

const DAY = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});

/**
 * Such as `28 October 2025`; "" where no day is known.
 * @param {string | null} published as `2025-10-28`
 */
export function dayOf(published) {
  const day = new Date(`${published}T00:00:00Z`);
  return published && !Number.isNaN(day.getTime()) ? DAY.format(day) : "";
}

/**
 * Publisher, day and place in a document, as far as they are known.
 * @param {{source: string, published: string | null}} document
 * @param {...string} more
 */
export function facts(document, ...more) {
  return [oneLine(document.source), dayOf(document.published), ...more].filter(Boolean).join(" · ");
}

/**
 * Such as `page 2`, or `paragraph 5` in a document without pages.
 * @param {{page: number | null, paragraph: number}} citation
 */
export function placeOf({ page, paragraph }) {
  return page ? `page ${page}` : `paragraph ${paragraph}`;
}
