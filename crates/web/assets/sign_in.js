// @ts-check
// Login by passkey. It opens the portal and grants no signing power.

import { element, go, hideProblem, post, showProblem } from "./page.js";
import { usePasskey } from "./passkey.js";

const button = element("sign-in", HTMLButtonElement);
const progress = element("progress", HTMLElement);

button.addEventListener("click", async () => {
  button.disabled = true;
  progress.hidden = false;
  hideProblem();
  try {
    const { login_id, options } = await post("/api/login/start", {});
    const credential = await usePasskey(options);
    const { next } = await post("/api/login/finish", { login_id, credential, next: button.dataset.next });
    go(next);
  } catch (error) {
    showProblem(error);
    button.disabled = false;
    progress.hidden = true;
  }
});
