/** The choice of letters and colours where JavaScript runs: the page changes in place, nothing typed is lost. */

document.querySelectorAll("details.look").forEach((chooser) => {
  const form = chooser.querySelector("form");
  chooser.hidden = false;
  form.addEventListener("submit", (event) => {
    const { name, value } = event.submitter ?? {};
    if (!name) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    document.documentElement.dataset[name] = value;
    form.querySelectorAll(`button[name=${name}]`).forEach((button) => {
      button.setAttribute("aria-pressed", String(button.value === value));
    });
    fetch(form.action, { method: "POST", body: new URLSearchParams({ [name]: value }), redirect: "manual" });
  });
  document.addEventListener("click", (event) => {
    if (chooser.open && !chooser.contains(event.target)) chooser.open = false;
  });
  chooser.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !chooser.open) return;
    chooser.open = false;
    chooser.querySelector("summary").focus();
  });
});
