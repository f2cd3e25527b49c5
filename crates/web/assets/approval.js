// @ts-check
// While the signing page is open in another tab: shows the control code as the portal knows it, and how far the approval is.

import { element } from "./page.js";

const page = element("approval", HTMLElement);
const code = element("code", HTMLElement);
const lines = element("approval-state", HTMLElement);
const PAUSE = 1000;

/** @param {string} state */
function say(state) {
  for (const line of lines.querySelectorAll("[data-state]")) {
    if (line instanceof HTMLElement) line.hidden = line.dataset.state !== state;
  }
}

/** @param {string | null} text */
function showCode(text) {
  [...code.children].forEach((place, index) => {
    place.textContent = text?.[index] ?? "–";
  });
  if (text === null) {
    code.setAttribute("aria-labelledby", "code-h");
    code.removeAttribute("aria-label");
  } else {
    code.removeAttribute("aria-labelledby");
    code.setAttribute("aria-label", `${code.dataset.name} ${[...text].join(" ")}`);
  }
}

/** Asks once. @returns {Promise<boolean>} whether there is more to come */
async function ask() {
  try {
    const answer = await fetch(page.dataset.address ?? "", { credentials: "same-origin", redirect: "error", cache: "no-store" });
    if (!answer.ok) {
      say("lost");
      // Signed out, or erased: asking again changes nothing. Anything else may pass.
      return answer.status >= 500 || answer.status === 429;
    }
    const { state, control_code } = await answer.json();
    say(state);
    showCode(control_code);
    return state === "open" || state === "requested";
  } catch {
    say("lost");
    return true;
  }
}

async function follow() {
  while (await ask()) await new Promise((resolve) => setTimeout(resolve, PAUSE));
}

// Coming back to this page: what it shows is of then.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
follow();
