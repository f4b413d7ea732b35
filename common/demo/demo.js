// All that the page does by itself: it says that it works, and asks again when a slider was moved.
for (const form of document.forms) {
  form.addEventListener("submit", () => document.body.classList.add("working"));
}
for (const slider of document.querySelectorAll("input[type=range]")) {
  slider.addEventListener("change", () => slider.form.requestSubmit());
}
window.addEventListener("pageshow", () => document.body.classList.remove("working"));
