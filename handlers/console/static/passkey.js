/** Passkeys: asks the server what to ask the device, and posts the device's answer in the form it belongs to. */

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const keys = (list) => (list ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

async function options(form) {
  const answer = await fetch(form.dataset.options, { method: "POST", body: new FormData(form), credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function create(form) {
  const asked = await options(form);
  const made = await navigator.credentials.create({
    publicKey: {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: keys(asked.excludeCredentials),
    },
  });
  const { clientDataJSON, attestationObject } = made.response;
  return { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject), of: made };
}

async function get(form) {
  const asked = await options(form);
  const made = await navigator.credentials.get({
    publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: keys(asked.allowCredentials) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = made.response;
  return {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
    of: made,
  };
}

const WORDS = {
  NotAllowedError: "取りやめたか、時間がたちました。もう一度押してください。",
  InvalidStateError: "この機械のパスキーは、もう登録されています。",
  SecurityError: "このアドレスでは、パスキーを使えません。いつものアドレスで開いてください。",
};

function prepare(form) {
  form.hidden = false;
  const said = form.querySelector("[data-failed]");
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    said.hidden = true;
    const email = form.dataset.email && document.getElementById(form.dataset.email);
    if (email && form.elements.email) form.elements.email.value = email.value;
    try {
      const { of, ...response } = await (form.dataset.passkey === "create" ? create : get)(form);
      form.elements.credential.value = JSON.stringify({
        id: of.id, rawId: text(of.rawId), type: of.type, response, clientExtensionResults: of.getClientExtensionResults(),
        authenticatorAttachment: of.authenticatorAttachment,
      });
      form.submit();
    } catch (fault) {
      said.textContent = WORDS[fault.name] ?? "パスキーを使えませんでした。もう一度押すか、ほかの方法を使ってください。";
      said.hidden = false;
      delete form.dataset.sent;
    }
  });
}

if (window.PublicKeyCredential) {
  document.querySelectorAll("[data-without-passkey]").forEach((line) => line.remove());
  document.querySelectorAll("form[data-passkey]").forEach(prepare);
}
