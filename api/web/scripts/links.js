/** Addresses: of documents on the server, and of places in them that can be passed on. */

/** @typedef {{id: string, sentence: number | null}} Place */

/**
 * An id in a path. Slashes stay what they are.
 * @param {string} id
 */
function encoded(id) {
  return id.split("/").map(encodeURIComponent).join("/");
}

/**
 * Where the server keeps a document.
 * @param {string} id
 */
export function documentPath(id) {
  return `/v1/documents/${encoded(id)}`;
}

/**
 * The link to a document, or to a sentence of it: `/d/notes/lease.pdf#s12`.
 * @param {string} id
 * @param {number | null} [sentence] from 0
 */
export function deepLink(id, sentence = null) {
  return `/d/${encoded(id)}${sentence === null ? "" : `#s${sentence}`}`;
}

/**
 * The place a link leads to; null for the start page and for what is no link of ours.
 * @param {{pathname: string, hash: string}} address
 * @returns {Place | null}
 */
export function placeIn({ pathname, hash }) {
  if (!pathname.startsWith("/d/") || pathname === "/d/") return null;
  const sentence = /^#s(\d{1,9})$/.exec(hash);
  try {
    return { id: decodeURIComponent(pathname.slice(3)), sentence: sentence ? Number(sentence[1]) : null };
  } catch {
    return null; // a stray percent sign
  }
}
