/**
 * The objects the server sends, as far as the page reads them; /docs describes them in full.
 * Spans are half-open ranges of Unicode code points.
 *
 * @typedef {{id: string, title: string, source: string, published: string | null, version: string}} CitedDocument
 * @typedef {{document: CitedDocument, sentence: number, start: number, end: number, quote: string,
 *   page: number | null, paragraph: number}} Citation
 * @typedef {{start: number, end: number}} Span
 * @typedef {"verbatim" | "supported" | "partly" | "unsupported"} Support
 * @typedef {{text: string, highlight: Span | null, support: Support, score: number | null,
 *   missing: string[], citations: Citation[]}} Claim
 * @typedef {{claims: number[], figures: string[]}} Disagreement
 * @typedef {{requests: number, input_tokens: number | null, output_tokens: number | null, cached: boolean,
 *   remarks: string[]}} Drafting
 * @typedef {{text: string, handles: string[], reason: string, missing: string[]}} Withheld
 * @typedef {{query: string, retrieved: unknown[], shown: {document: string}[], withheld: Withheld[], generator: string,
 *   rewriting: string, drafting: Drafting, durations: {step: string, seconds: number}[]}} Trace
 * @typedef {{documents: string[], at: string}} Withdrawn
 * @typedef {{outcome: "answer" | "abstention", question: string, answer: string, confidence: number,
 *   claims: Claim[], disagreements: Disagreement[], unanswered: string[], reason: string | null, nearest: Citation[],
 *   notice: string, withdrawn?: Withdrawn | null, trace: Trace}} Answer
 * @typedef {{question: string, answer: Answer}} Turn
 *
 * @typedef {{sentence: number, start: number, end: number, text: string, heading: boolean,
 *   page: number | null}} Sentence
 * @typedef {{id: string, title: string, source: string, published: string | null, version: string,
 *   media_type: string, places: string[], text: string, sentences: Sentence[]}} SourceDocument
 * @typedef {{id: string, title: string, source: string, published: string | null, media_type: string,
 *   sentences: number, same_as: string | null}} DocumentSummary
 * @typedef {{documents: DocumentSummary[], next: string | null, total: number}} Listing
 * @typedef {{added: number, replaced: number, unchanged: number,
 *   skipped: {place: string, reason: string}[]}} Report
 * @typedef {{documents?: string[], sources?: string[], from?: string, to?: string}} Filters
 * @typedef {{role: "user" | "assistant", content: string}} Message
 */
export {};
