// @ts-check
// Registration: makes the passkey, then waits for key and certificate.

import { Refused, element, go, hideProblem, post, showProblem } from "./page.js";
import { makePasskey } from "./passkey.js";

const form = element("register", HTMLFormElement);
const progress = element("progress", HTMLElement);
const name = element("name", HTMLInputElement);
const nameError = element("name-e", HTMLElement);

/** A registration whose passkey is there but whose certificate is not. @type {string | null} */
let unfinished = null;

/** @param {"passkey" | "certificate" | "done" | null} step */
function say(step) {
  progress.hidden = step === null;
  for (const one of progress.querySelectorAll("[data-step]")) {
    if (one instanceof HTMLElement) one.hidden = one.dataset.step !== step;
  }
}

function nameGiven() {
  const given = name.value.trim() !== "";
  nameError.hidden = given;
  if (given) {
    name.removeAttribute("aria-invalid");
  } else {
    name.setAttribute("aria-invalid", "true");
    name.focus();
  }
  return given;
}

async function register() {
  if (unfinished !== null) {
    say("certificate");
    return post("/api/register/resume", { registration_id: unfinished });
  }
  const data = new FormData(form);
  const organisation = String(data.get("organisation") ?? "").trim();
  say("passkey");
  const { registration_id, options } = await post("/api/register/start", {
    display_name: name.value.trim(),
    ...(organisation === "" ? {} : { organisation }),
    ca_id: String(data.get("ca_id") ?? ""),
  });
  const credential = await makePasskey(options);
  say("certificate");
  unfinished = registration_id;
  return post("/api/register/finish", { registration_id, credential });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!nameGiven()) return;
  const button = form.querySelector("button[type=submit]");
  if (!(button instanceof HTMLButtonElement) || button.disabled) return;
  button.disabled = true;
  hideProblem();
  try {
    const { next } = await register();
    say("done");
    go(next);
  } catch (error) {
    say(null);
    showProblem(error);
    // Only where the authority did not answer, passkey and key are there and the same registration can go on.
    if (!(error instanceof Refused && error.problem.resume)) unfinished = null;
    for (const words of button.querySelectorAll("[data-button]")) {
      if (words instanceof HTMLElement) words.hidden = (words.dataset.button === "again") !== (unfinished !== null);
    }
    button.disabled = false;
  }
});
