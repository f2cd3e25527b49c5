// @ts-check
// The signing page, all of it: one file without imports, so that its hash in the page covers everything that runs here.
//
// The page is the same for every request; what is to be signed comes by the requests below. The ticket arrives behind the "#" of the
// address (it reaches no server log), the session is made here and kept for this tab only: a cookie plays no part. The request for
// activation is made when the button is pressed, not before, so that reading takes no time from it.

/** @typedef {{head: string, middle: string, tail: string, plain: string}} Print */
/** @typedef {{machine: string, text: string}} Moment */
/**
 * @typedef {object} Facts
 * @property {"open" | "finished" | "expired"} state
 * @property {{label: string, fingerprint: Print}[]} items
 * @property {string} count
 * @property {string} number
 * @property {string} expires
 * @property {boolean} hash_only
 * @property {string} name
 * @property {string | null} organisation
 * @property {string} serial
 * @property {string} until
 * @property {string} authority
 * @property {string | null} purpose
 * @property {string} client
 * @property {string} client_host
 * @property {boolean} demo
 * @property {{pages: number, warnings: {title: string, text: string}[]} | null} document
 */

const TICKET = "rakkan-ticket";
const SESSION = "rakkan-session";

/** An answer of the server that is not what was asked for. */
class Refused extends Error {
  /**
   * @param {number} status
   * @param {{title: string, text: string}} problem
   */
  constructor(status, problem) {
    super(problem.title);
    this.status = status;
    this.problem = problem;
  }
}

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
function element(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id} on this page`);
  return found;
}

const facts = element("facts", HTMLElement);
const button = element("sign", HTMLButtonElement);
const back = element("back", HTMLButtonElement);
const code = element("code", HTMLElement);

/** What the button waits for. "none": no document to compare. @type {"none" | "waiting" | "equal" | "different" | "failed"} */
let comparison = "none";
/** Whether a request of the buttons is under way. */
let busy = false;

/** The only place that opens or closes the buttons. Whoever cannot compare cannot sign, whatever else happened meanwhile. */
function settle() {
  button.disabled = busy || (comparison !== "none" && comparison !== "equal");
  back.disabled = busy;
}

/** @param {ArrayBuffer | Uint8Array<ArrayBuffer>} buffer */
function toText(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text */
function toBytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

/** Takes the ticket from the address, or from this tab's memory after a reload. @returns {string | null} */
function takeTicket() {
  const given = location.hash.slice(1);
  if (/^[A-Za-z0-9_-]{16,128}$/.test(given)) {
    if (sessionStorage.getItem(TICKET) !== given) {
      sessionStorage.setItem(TICKET, given);
      sessionStorage.setItem(SESSION, toText(crypto.getRandomValues(new Uint8Array(32))));
    }
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(TICKET);
}

const ticket = takeTicket();

/**
 * @param {string} path
 * @param {object} [more]
 * @returns {Promise<Response>}
 */
async function ask(path, more) {
  const answer = await fetch(`${path}?lang=${document.documentElement.lang}`, {
    method: "POST",
    headers: { "content-type": "application/json", "rakkan-page-session": sessionStorage.getItem(SESSION) ?? "" },
    body: JSON.stringify({ ticket, ...more }),
    credentials: "omit",
    redirect: "error",
    cache: "no-store",
  });
  if (!answer.ok) throw new Refused(answer.status, (await answer.json()).problem);
  return answer;
}

/**
 * Fills every place named `slot` below `root`.
 * @param {ParentNode} root
 * @param {string} slot
 * @param {string} text
 */
function fill(root, slot, text) {
  for (const place of root.querySelectorAll(`[data-slot="${slot}"]`)) place.textContent = text;
}

/**
 * Shows one of several lines.
 * @param {string} group
 * @param {string | null} state
 */
function say(group, state) {
  for (const line of element(group, HTMLElement).querySelectorAll("[data-state]")) {
    if (line instanceof HTMLElement) line.hidden = line.dataset.state !== state;
  }
}

/** @param {{title: string, text: string}} problem */
function showProblem(problem) {
  const box = element("problem", HTMLElement);
  for (const [name, text] of Object.entries(problem)) {
    const place = box.querySelector(`[data-problem="${name}"]`);
    if (place) place.textContent = text;
  }
  box.hidden = false;
}

/**
 * @param {string} texts id of the template with the words
 * @param {string} kind
 */
function words(texts, kind) {
  const found = element(texts, HTMLTemplateElement).content.querySelector(`[data-kind="${kind}"]`);
  return { title: found?.getAttribute("data-title") ?? "", text: found?.textContent ?? "" };
}

/**
 * Ends this page: nothing can be signed here.
 * @param {{title: string, text: string}} why
 */
function stop(why) {
  element("loading", HTMLElement).hidden = true;
  facts.hidden = true;
  const place = element("stopped", HTMLElement);
  fill(place, "stop-title", why.title);
  fill(place, "stop-text", why.text);
  place.hidden = false;
  element("stop-h", HTMLElement).focus();
}

/** @param {string} next */
function leave(next) {
  sessionStorage.removeItem(TICKET);
  sessionStorage.removeItem(SESSION);
  const address = new URL(next, location.href);
  if (address.protocol === "https:" || address.protocol === "http:") location.replace(address);
}

/** @param {Facts} what */
function show(what) {
  for (const slot of /** @type {const} */ (["count", "number", "expires", "name", "serial", "until", "authority", "client"])) {
    fill(facts, slot, what[slot]);
  }
  fill(facts, "client-host", what.client_host);
  for (const row of /** @type {const} */ (["organisation", "purpose"])) {
    const place = facts.querySelector(`[data-row="${row}"]`);
    if (place instanceof HTMLElement) place.hidden = what[row] === null;
    fill(facts, row, what[row] ?? "");
  }
  const one = element("item", HTMLTemplateElement);
  const list = element("items", HTMLElement);
  for (const item of what.items) {
    const line = document.importNode(one.content, true);
    fill(line, "label", item.label);
    for (const part of /** @type {const} */ (["head", "middle", "tail"])) fill(line, part, item.fingerprint[part]);
    list.append(line);
  }
  element("demo", HTMLElement).hidden = !what.demo;
  element("hash-only", HTMLElement).hidden = !what.hash_only;
  element("loading", HTMLElement).hidden = true;
  facts.hidden = false;
  facts.querySelector("h1")?.focus();
}

/**
 * Compares the fingerprint with the document itself, as in fingerprint.js.
 * @param {Facts} what
 */
async function compare(what) {
  if (!what.document) return;
  comparison = "waiting";
  settle();
  element("fingerprint-state", HTMLElement).hidden = false;
  try {
    const file = await (await ask("/api/document")).arrayBuffer();
    const equal = (await fingerprint(file)) === what.items[0]?.fingerprint.plain;
    comparison = equal ? "equal" : "different";
    if (!equal) button.remove();
  } catch {
    comparison = "failed";
  }
  say("fingerprint-state", comparison);
  settle();
}

/**
 * @param {ArrayBuffer} file
 * @returns {Promise<string>}
 */
async function fingerprint(file) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", file));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Repeats what keeps the pictures from being the whole truth, and offers the pictures.
 * @param {Facts} what
 */
function offerPages(what) {
  if (!what.document) return;
  const { pages, warnings } = what.document;
  const one = element("warning", HTMLTemplateElement);
  for (const warning of warnings) {
    const note = document.importNode(one.content, true);
    fill(note, "title", warning.title);
    fill(note, "text", warning.text);
    element("warnings", HTMLElement).append(note);
  }
  element("no-pages", HTMLElement).hidden = pages > 0;
  if (pages === 0) return;
  const place = element("pages", HTMLDetailsElement);
  place.hidden = false;
  const sheets = element("sheets", HTMLElement);
  const frames = Array.from({ length: pages }, () => {
    const frame = document.createElement("div");
    frame.className = "page";
    sheets.append(frame);
    return frame;
  });
  let drawing = false;
  place.addEventListener("toggle", async () => {
    if (drawing) return;
    drawing = true;
    for (const [index, frame] of frames.entries()) {
      if (place.open && !frame.querySelector("img")) await drawPage(frame, index + 1, pages);
    }
    drawing = false;
  });
}

/**
 * Shows a page, or says that it cannot be shown.
 * @param {HTMLElement} frame
 * @param {number} page
 * @param {number} pages
 */
async function drawPage(frame, page, pages) {
  const number = `${page} / ${pages}`;
  try {
    const picture = await (await ask("/api/page", { page })).blob();
    const image = document.createElement("img");
    image.className = "sheet";
    image.alt = `${element("sheets", HTMLElement).dataset.alt} ${number}`;
    image.src = URL.createObjectURL(picture);
    await image.decode();
    frame.replaceChildren(image);
  } catch {
    const note = document.importNode(element("sheet-missing", HTMLTemplateElement).content, true);
    fill(note, "page", number);
    const again = note.querySelector("[data-again]");
    if (again instanceof HTMLButtonElement) {
      again.addEventListener("click", () => {
        again.disabled = true;
        drawPage(frame, page, pages);
      });
    }
    frame.replaceChildren(note);
  }
}

/**
 * Shows until when the request that is being answered can be answered; without one, until when there can be one.
 * @param {string | null} text
 */
function showDeadline(text) {
  const deadline = element("deadline", HTMLElement);
  deadline.textContent = text;
  deadline.hidden = text === null;
  for (const place of facts.querySelectorAll('[data-slot="expires"]')) {
    if (place instanceof HTMLElement) place.hidden = text !== null;
  }
}

/** @param {string} text */
function showCode(text) {
  [...code.children].forEach((place, index) => {
    place.textContent = text[index] ?? "";
  });
  code.removeAttribute("aria-labelledby");
  code.setAttribute("aria-label", `${code.dataset.name} ${[...text].join(" ")}`);
}

/** Asks for the activation, then for the passkey, then sends the answer. */
async function sign() {
  const request = await (await ask("/api/request")).json();
  showCode(request.control_code);
  showDeadline(request.expires.text);
  say("sign-state", "asking");
  const { options } = request;
  const used = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: options.allowCredentials.map((/** @type {any} */ one) => ({ ...one, id: toBytes(one.id) })),
    },
  });
  if (!(used instanceof PublicKeyCredential) || !(used.response instanceof AuthenticatorAssertionResponse)) {
    throw new DOMException("not a passkey", "NotSupportedError");
  }
  say("sign-state", "sending");
  const { clientDataJSON, authenticatorData, signature, userHandle } = used.response;
  const answer = await ask("/api/approve", {
    credential: {
      id: used.id,
      rawId: toText(used.rawId),
      type: used.type,
      response: {
        clientDataJSON: toText(clientDataJSON),
        authenticatorData: toText(authenticatorData),
        signature: toText(signature),
        userHandle: userHandle ? toText(userHandle) : undefined,
      },
    },
  });
  say("sign-state", "approved");
  leave((await answer.json()).next);
}

/** @param {unknown} error */
function failed(error) {
  say("sign-state", "ready");
  showDeadline(null);
  busy = false;
  settle();
  if (error instanceof Refused) {
    // 404 and 410: this ticket will never sign. Anything else can be tried again.
    if (error.status === 404 || error.status === 410) stop(error.problem);
    else showProblem(error.problem);
    return;
  }
  const name = error instanceof Error ? error.name : "";
  const kind = name === "NotAllowedError" || name === "AbortError" ? "cancelled" : name === "TypeError" ? "network" : "unsupported";
  showProblem(words("problem-texts", kind));
}

// Enter never signs, also when it is held down or comes by a form.
for (const kind of /** @type {const} */ (["keydown", "keypress", "keyup"])) {
  button.addEventListener(kind, (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

button.addEventListener("click", async (event) => {
  // A script of a browser extension, say, cannot press it.
  if (!event.isTrusted || button.disabled) return;
  busy = true;
  settle();
  element("problem", HTMLElement).hidden = true;
  try {
    await sign();
  } catch (error) {
    failed(error);
  }
});

back.addEventListener("click", async () => {
  busy = true;
  settle();
  try {
    leave((await (await ask("/api/decline")).json()).next);
  } catch (error) {
    failed(error);
  }
});

// The page as the browser kept it may show a request that is over.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
// The same tab, another ticket.
window.addEventListener("hashchange", () => {
  if (location.hash.length > 1) location.reload();
});

async function start() {
  if (ticket === null) {
    stop(words("stop-texts", "missing"));
    return;
  }
  try {
    /** @type {Facts} */
    const what = await (await ask("/api/ticket")).json();
    if (what.state !== "open") {
      stop(words("stop-texts", what.state));
      return;
    }
    show(what);
    offerPages(what);
    await compare(what);
  } catch (error) {
    if (error instanceof Refused && error.status === 404) stop(words("stop-texts", "elsewhere"));
    else stop(error instanceof Refused ? error.problem : words("problem-texts", "network"));
  }
}

start();
