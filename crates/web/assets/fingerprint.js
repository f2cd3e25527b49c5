// @ts-check
// Recomputes the fingerprint of a document in the browser, from the bytes that it received. Security notes 1.9 (3).

/**
 * SHA-256 of a file.
 * @param {ArrayBuffer} file
 * @returns {Promise<string>} hexadecimal
 */
export async function fingerprint(file) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", file));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
