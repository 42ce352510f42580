/** Slips by keyboard: Enter goes to the next question and, at the last, sends; the chosen words are shown at once. */

const form = document.querySelector("form.slip");
const answers = form ? [...form.querySelectorAll("input[name^=item_], textarea[name^=item_]")] : [];

/** What the numbers stand for, so that a slip of the finger is seen. */
function echo(field) {
  const place = field.parentElement.querySelector("output");
  if (!place) return;
  const choices = JSON.parse(field.dataset.choices || "[]");
  const text = field.value.normalize("NFKC").trim();
  const many = ["multiple", "ranking"].includes(field.dataset.kind);
  let numbers = text.split(/\D+/).filter(Boolean);
  if (many && numbers.length === 1 && choices.length < 10) numbers = [...numbers[0]];
  place.textContent = choices.length
    ? numbers.map((number) => choices[number - 1] ?? (number === "0" ? "わからない" : "?")).join("・")
    : "";
  if (choices.length && text === "-") place.textContent = "答えたくない";
}

answers.forEach((field, at) => {
  field.addEventListener("input", () => echo(field));
  field.addEventListener("keydown", (event) => {
    const writes = event.isComposing || (field.tagName === "TEXTAREA" && event.shiftKey);
    if (event.key !== "Enter" || writes) return;
    event.preventDefault();
    if (at + 1 < answers.length) answers[at + 1].focus();
    else form.requestSubmit();
  });
  echo(field);
});
form?.querySelector("#number")?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  answers[0].focus();
});
