/** What makes the console easier where JavaScript runs; every page works without it. */

const WEEKDAYS = "日月火水木金土";

/** The weekday beside a date, so that nobody has to look at a calendar. */
function showWeekday(input) {
  const place = document.getElementById(input.dataset.weekday);
  const update = () => {
    const [year, month, day] = input.value.split("-").map(Number);
    place.textContent = input.value ? `(${WEEKDAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()]})` : "";
  };
  input.addEventListener("input", update);
  update();
}

/** How many characters are left; said aloud only when they run out. */
function countCharacters(field) {
  const most = Number(field.dataset.most);
  const line = document.createElement("p");
  line.className = "count";
  field.after(line);
  const update = () => {
    const length = [...field.value.trim()].length;
    const over = length > most;
    line.textContent = over ? `${length - most}文字多すぎます` : `${length} / ${most}文字`;
    line.classList.toggle("over", over);
    if (over) line.setAttribute("role", "status");
    else line.removeAttribute("role");
  };
  field.addEventListener("input", update);
  update();
}

/** A second press of a button while the first is under way does nothing. */
function pressOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

/** A file that is too large is said before it is sent: sending it takes minutes and ends in nothing. */
function checkSize(form) {
  const most = Number(form.dataset.largest);
  const input = form.querySelector("input[type=file]");
  const line = document.createElement("p");
  line.className = "error";
  line.setAttribute("role", "alert");
  line.hidden = true;
  input.after(line);
  const tooLarge = () => {
    const file = input.files[0];
    const over = file && file.size > most;
    line.hidden = !over;
    line.textContent = over ? `${Math.ceil(file.size / 1024 / 1024)}MBあります。${most / 1024 / 1024}MBまでです。小さくしたものを選んでください。` : "";
    return over;
  };
  input.addEventListener("change", tooLarge);
  form.addEventListener("submit", (event) => {
    if (tooLarge()) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  });
}

document.querySelectorAll("[data-weekday]").forEach(showWeekday);
document.querySelectorAll("[data-most]").forEach(countCharacters);
document.querySelectorAll("form[data-largest]").forEach(checkSize);
document.querySelectorAll("form[method=post]").forEach(pressOnce);
if (document.querySelector("[data-until]")) import("./countdown.js");
if (document.querySelector("[data-messages], form[data-preview]")) import("./preview.js");
if (document.querySelector("form[data-reach]")) import("./whom.js");
if (document.querySelector("[data-keys]")) import("./keys.js");
