/** Whom an announcement goes to: what the choices reach and cost, while they are made. */

const form = document.querySelector("form[data-reach]");
if (form) {
  const reach = document.getElementById("reach");
  const number = (value) => value.toLocaleString("ja-JP");
  const names = new Set(["audience", "districts", "posts", "part", "neighbourhoods", "topics", "languages", "untold", "urgency"]);
  const chosen = () => new FormData(form).get("audience") ?? "";

  const words = ({ recipients, rough, districts, remaining, lacks, reserve, problem }) => {
    if (problem) return problem;
    const people = rough ? `多くて${number(recipients)}人` : `${number(recipients)}人`;
    const apart = districts.length > 1 ? `(${districts.map((one) => `${one.name} ${number(one.people)}人`).join("、")}。両方に入る人は1人と数えます)` : "";
    const kept = reserve ? `、緊急のための予備${number(reserve)}通は別` : "";
    const left = remaining === null ? "" : `(今月使える残り ${number(remaining)}通${kept})`;
    return lacks
      ? `いま送ると ${people}${apart}。今月の残りでは、あと${number(lacks)}通足りません${kept ? `(${kept.slice(1)})` : ""}。`
      : `いま送ると ${people}に届き${apart}、${rough ? "多くて" : ""}${number(recipients)}通を使います${left}。`;
  };
  let asked = 0;
  const count = async () => {
    const query = new URLSearchParams([...new FormData(form)].filter(([name]) => names.has(name)));
    const ready = chosen() === "city" || query.get(chosen() === "took_part" ? "part" : "districts");
    const mine = ++asked;
    if (!ready) {
      reach.textContent = "";
      return;
    }
    const answer = await fetch(`${form.dataset.reach}?${query}`);
    if (mine === asked) reach.textContent = answer.ok ? words(await answer.json()) : "";
  };
  let waiting;
  form.addEventListener("input", (event) => {
    if (!names.has(event.target.name)) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => count().catch(() => {}), 400);
  });
  count().catch(() => {});
}
