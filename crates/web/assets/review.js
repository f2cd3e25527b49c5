// @ts-check
// The review page: recomputes the fingerprint, marks pages as seen, and leads to the signing page.

import { fingerprint } from "./fingerprint.js";
import { element, go, hideProblem, post, showProblem } from "./page.js";

const review = element("review", HTMLElement);
const read = element("read", HTMLInputElement);
const readError = element("read-e", HTMLElement);
const proceed = element("proceed", HTMLButtonElement);
const settings = element("settings", HTMLFormElement);

/** @param {"waiting" | "equal" | "different" | "failed"} state */
function say(state) {
  for (const one of element("fingerprint-state", HTMLElement).querySelectorAll("[data-state]")) {
    if (one instanceof HTMLElement) one.hidden = one.dataset.state !== state;
  }
  return state;
}

async function compare() {
  const { file = "", fingerprint: expected } = review.dataset;
  try {
    const answer = await fetch(file, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) return say("failed");
    return say((await fingerprint(await answer.arrayBuffer())) === expected ? "equal" : "different");
  } catch {
    return say("failed");
  }
}

/**
 * Says of a page in the list how far it is.
 * @param {Element} page
 * @param {"seen" | "unseen" | "missing"} state
 */
function mark(page, state) {
  const place = document.querySelector(`.thumbs a[href="#${page.id}"] [data-seen]`);
  if (place instanceof HTMLElement) place.textContent = place.dataset[state] ?? "";
}

/** Marks the page in view in the list, and pages that were in view as seen. */
function followPages() {
  const links = new Map([...document.querySelectorAll(".thumbs a")].map((link) => [link.getAttribute("href"), link]));
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const link = links.get(`#${target.id}`);
        if (!isIntersecting || !link) continue;
        for (const other of links.values()) other.removeAttribute("aria-current");
        link.setAttribute("aria-current", "true");
        inView = target;
        if (!missing.has(target)) mark(target, "seen");
      }
    },
    { rootMargin: "-45% 0px -45% 0px" },
  );
  for (const page of document.querySelectorAll("[data-page]")) observer.observe(page);
}

/** Pages whose picture is not there. Whoever has not seen all pages cannot go on. @type {Set<Element>} */
const missing = new Set();
/** Those of them that could not be drawn. @type {Set<Element>} */
const failed = new Set();
/** @type {Element | null} */
let inView = null;
let going = false;

function allow() {
  proceed.disabled = going || missing.size > 0;
  element("pages-e", HTMLElement).hidden = failed.size === 0;
  element("pages-w", HTMLElement).hidden = missing.size === failed.size;
  element("read-h", HTMLElement).hidden = missing.size > 0;
}

/**
 * Loads the picture of a page. An empty sheet would look like an empty page: without its picture a page shows words instead.
 * @param {Element} page
 */
function load(page) {
  const sheet = page.querySelector(".sheet");
  const image = page.querySelector("image");
  const note = page.querySelector("[data-failed]");
  const again = page.querySelector("[data-again]");
  if (!sheet || !image || !(note instanceof HTMLElement)) throw new Error(`page ${page.id} has no place for its picture`);
  let attempt = 0;
  const fetchPicture = () => {
    failed.delete(page);
    note.hidden = true;
    sheet.removeAttribute("hidden");
    const address = image.dataset.href ?? "";
    image.setAttribute("href", attempt === 0 ? address : `${address}&again=${attempt}`);
    attempt += 1;
    allow();
  };
  image.addEventListener("load", () => {
    missing.delete(page);
    mark(page, inView === page ? "seen" : "unseen");
    allow();
  });
  image.addEventListener("error", () => {
    failed.add(page);
    sheet.setAttribute("hidden", "");
    note.hidden = false;
    mark(page, "missing");
    allow();
  });
  again?.addEventListener("click", fetchPicture);
  missing.add(page);
  fetchPicture();
}

const compared = compare();
for (const page of document.querySelectorAll("[data-page]")) load(page);
followPages();

// A browser may restore the tick of an earlier visit; it stood for another state of the document.
read.checked = false;
read.addEventListener("change", () => {
  if (read.checked) readError.hidden = true;
});

settings.querySelector("button")?.setAttribute("hidden", "");
settings.addEventListener("change", () => settings.requestSubmit());

proceed.addEventListener("click", async () => {
  if (!read.checked) {
    readError.hidden = false;
    read.focus();
    read.scrollIntoView({ block: "center" });
    return;
  }
  if (missing.size > 0) return;
  going = true;
  allow();
  hideProblem();
  try {
    if ((await compared) === "equal") {
      const { next } = await post(`/api/documents/${review.dataset.document}/activation`, {});
      // The signing page gets a tab of its own, so that this one can show the control code beside it. Without one it comes here.
      const tab = window.open(next, "_blank");
      go(tab === null ? next : `/documents/${review.dataset.document}/approval`);
      return;
    }
    element("fingerprint-state", HTMLElement).scrollIntoView({ block: "center" });
  } catch (error) {
    showProblem(error);
  }
  going = false;
  allow();
});
