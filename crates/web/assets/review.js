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
        const mark = link.querySelector("[data-seen]");
        if (mark instanceof HTMLElement) mark.textContent = mark.dataset.seen ?? "";
      }
    },
    { rootMargin: "-45% 0px -45% 0px" },
  );
  for (const page of document.querySelectorAll("[data-page]")) observer.observe(page);
}

const compared = compare();
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
  proceed.disabled = true;
  hideProblem();
  try {
    if ((await compared) !== "equal") {
      element("fingerprint-state", HTMLElement).scrollIntoView({ block: "center" });
      proceed.disabled = false;
      return;
    }
    const { next } = await post(`/api/documents/${review.dataset.document}/activation`, {});
    go(next);
  } catch (error) {
    showProblem(error);
    proceed.disabled = false;
  }
});
