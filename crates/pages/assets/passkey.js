// Asks the device for a passkey, and sends what it answers by the page's own form. Without this file the page offers the
// other ways.
const { PublicKeyCredential: passkeys } = window;
const isUsable = Boolean(passkeys?.parseRequestOptionsFromJSON && passkeys.parseCreationOptionsFromJSON);
// A challenge is good for five minutes: autofill asks for another one before.
const RENEWED_AFTER = 4 * 60 * 1000;
let autofill = null;

/** The page was open too long, or wants a fresh proof: loaded again, it says which. */
class Refused extends Error {}
/** What was typed is at fault: sent without a passkey, it comes back with what is wrong. */
class Faulty extends Error {}
/** The server gives no options. */
class Unusable extends Error {}

const ask = async (form, more) => {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.dataset.options, { method: "POST", body });
  if (!answer.ok) {
    if (answer.status === 422) throw new Faulty();
    const text = await answer.text();
    throw text.includes("form_expired") ? new Refused() : new Unusable();
  }
  const { challenge, publicKey } = await answer.json();
  const credential = form.dataset.passkey === "create"
    ? await navigator.credentials.create({ publicKey: passkeys.parseCreationOptionsFromJSON(publicKey) })
    : await navigator.credentials.get({ publicKey: passkeys.parseRequestOptionsFromJSON(publicKey), ...more });
  form.elements.challenge.value = challenge;
  form.elements.credential.value = JSON.stringify(credential.toJSON());
  form.submit();
};

const offer = async (form) => {
  if (!(await passkeys.isConditionalMediationAvailable?.())) return;
  const waiting = new AbortController();
  autofill = waiting;
  const timer = setTimeout(() => {
    waiting.abort();
    offer(form);
  }, RENEWED_AFTER);
  waiting.signal.addEventListener("abort", () => clearTimeout(timer));
  // Whoever does not choose one types a password.
  ask(form, { mediation: "conditional", signal: waiting.signal }).catch(() => {});
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const told = form.querySelector("[role=status]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    autofill?.abort();
    told.textContent = "";
    ask(form, {}).catch((error) => {
      if (error instanceof Refused) location.reload();
      else if (error instanceof Faulty) form.submit();
      else if (error instanceof Unusable || error instanceof TypeError) told.textContent = told.dataset.unusable;
      else if (error.name === "InvalidStateError") told.textContent = told.dataset.known;
      else told.textContent = told.dataset.cancelled;
    });
  });
  if (isUsable && "autofill" in form.dataset) offer(form);
}
if (!isUsable) document.documentElement.classList.add("without-passkeys");
