// @ts-check
// After the approval: has the document signed, time-stamped and checked, then shows the result.

import { element, hideProblem, post, showProblem } from "./page.js";

const page = element("finish", HTMLElement);
const again = element("again", HTMLFormElement);
const progress = element("progress", HTMLElement);
const bar = page.querySelector("progress");

/** @param {boolean} working */
function show(working) {
  progress.hidden = !working;
  if (bar) bar.hidden = !working;
  again.hidden = working;
}

async function finish() {
  show(true);
  hideProblem();
  try {
    const { next } = await post(page.dataset.address ?? "", {});
    const address = new URL(next, location.href);
    // Going back from the result must not start over.
    location.replace(address);
  } catch (error) {
    show(false);
    showProblem(error);
  }
}

again.addEventListener("submit", (event) => {
  event.preventDefault();
  finish();
});
finish();
