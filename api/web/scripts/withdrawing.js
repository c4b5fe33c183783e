/** What stays of an answer when a document it rests on was removed; the server does the same with those it keeps. */

/**
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {import("./types.js").Turn} Turn
 */

/**
 * Puts an abstention in place of every answer that rests on a document, and returns the turns it changed.
 * @param {Turn[]} turns oldest first
 * @param {string} id of the removed document
 */
export function withdraw(turns, id) {
  const first = turns.findIndex(({ answer }) => restsOn(answer, id));
  if (first < 0) return [];
  const changed = turns.slice(first);
  for (const turn of changed) {
    // What comes after may have been searched for with words of the answer.
    if (restsOn(turn.answer, id)) turn.answer = withdrawn(turn.answer, id);
    else turn.answer.trace.query = turn.question;
  }
  return changed;
}

/**
 * Whether an answer cites a document, or may hold words of it, as a model wrote it that was shown the document.
 * @param {Answer} answer
 * @param {string} id
 */
function restsOn(answer, id) {
  const cited = [...answer.nearest, ...answer.claims.flatMap(({ citations }) => citations)];
  if (cited.some(({ document }) => document.id === id)) return true;
  const worded = answer.trace.withheld.length > 0 || answer.claims.some(({ support }) => support !== "verbatim");
  return worded && answer.trace.shown.some(({ document }) => document === id);
}

/**
 * @param {Answer} answer
 * @param {string} id
 * @returns {Answer}
 */
function withdrawn(answer, id) {
  const nothing = { retrieved: [], shown: [], withheld: [], rewriting: "" };
  return {
    ...answer,
    outcome: "abstention",
    answer: "",
    confidence: 0,
    claims: [],
    disagreements: [],
    unanswered: [],
    reason: "no sentence answers the question",
    nearest: [],
    notice: "",
    withdrawn: { documents: [id], at: new Date().toISOString() },
    trace: { ...answer.trace, ...nothing, query: answer.question },
  };
}
