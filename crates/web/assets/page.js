// @ts-check
// What the portal's pages share: asking the server, showing what went wrong. No text is written here: all words come from the page.

/** What the server says when something went wrong. @typedef {{title: string, text: string, resume?: boolean}} Problem */

/** An answer that is not what was asked for. */
export class Refused extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.title);
    this.problem = problem;
  }
}

/**
 * Sends JSON to this origin and reads the JSON that comes back.
 * @param {string} address
 * @param {unknown} body
 * @returns {Promise<any>}
 * @throws {Refused} when the server answers with a problem
 */
export async function post(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
    credentials: "same-origin",
    redirect: "error",
  });
  const data = await answer.json();
  if (!answer.ok) throw new Refused(data.problem);
  return data;
}

/**
 * Goes to an address that the server named: a path of this origin, or an address of the web.
 * @param {string} next
 */
export function go(next) {
  const address = new URL(next, location.href);
  if (address.protocol === "https:" || address.protocol === "http:") location.assign(address);
}

/**
 * The element with this id.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function element(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id} on this page`);
  return found;
}

/** Takes the last problem away. */
export function hideProblem() {
  element("problem", HTMLElement).hidden = true;
}

/**
 * Shows what went wrong: the server's words, or those of the page for what happened in the browser.
 * @param {unknown} error
 */
export function showProblem(error) {
  const problem = error instanceof Refused ? error.problem : own(error);
  const box = element("problem", HTMLElement);
  const title = box.querySelector('[data-problem="title"]');
  const text = box.querySelector('[data-problem="text"]');
  if (title) title.textContent = problem.title;
  if (text) text.textContent = problem.text;
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}

/**
 * @param {unknown} error
 * @returns {Problem}
 */
function own(error) {
  const texts = element("problem-texts", HTMLTemplateElement).content;
  const found = texts.querySelector(`[data-kind="${kind(error)}"]`);
  return { title: found?.getAttribute("data-title") ?? "", text: found?.textContent ?? "" };
}

/**
 * @param {unknown} error
 * @returns {"cancelled" | "unsupported" | "exists" | "network"}
 */
function kind(error) {
  const name = error instanceof Error ? error.name : "";
  if (name === "NotAllowedError" || name === "AbortError") return "cancelled";
  if (name === "InvalidStateError") return "exists";
  if (name === "NotSupportedError" || name === "SecurityError" || name === "ConstraintError") return "unsupported";
  return "network";
}
