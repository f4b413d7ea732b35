// All that the page does by itself: it says that it works, and shows the picture that a slider stands at.
for (const form of document.forms) {
  form.addEventListener("submit", () => document.body.classList.add("working"));
}
window.addEventListener("pageshow", () => document.body.classList.remove("working"));

for (const box of document.querySelectorAll(".sliding")) {
  const slider = box.querySelector("input");
  const show = () => box.querySelectorAll("figure").forEach((one, place) => (one.hidden = place !== slider.valueAsNumber));
  slider.addEventListener("input", show);
  show();
}
