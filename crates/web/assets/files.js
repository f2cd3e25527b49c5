// @ts-check
// Drop zones: show which file was chosen, and send the form at once where the page asks for that.

for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = zone.querySelector("input");
  const name = zone.querySelector("[data-drop-name]");
  if (!input || !name) continue;
  zone.addEventListener("dragover", () => zone.classList.add("is-over"));
  for (const end of ["dragleave", "drop"]) zone.addEventListener(end, () => zone.classList.remove("is-over"));
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (!file) return;
    name.textContent = file.name;
    if (zone.hasAttribute("data-drop-send")) input.form?.requestSubmit();
  });
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => {
    const progress = form.querySelector('[role="status"]');
    if (progress instanceof HTMLElement) progress.hidden = false;
  });
}
