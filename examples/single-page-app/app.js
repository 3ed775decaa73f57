// The app itself: a form to sign in, and a profile.

import { begin, call, providers, signIn, signInBy, signOut, signUp } from "./session.js";

const part = (id) => document.getElementById(id);

function showProblem(problem) {
  part("problem").textContent = [problem.message, ...(problem.errors ?? []).map((error) => error.detail)].join(" ");
}

/** Does what a form asks for, and shows what went wrong. */
function onSubmit(id, act) {
  const form = part(id);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    part("problem").textContent = "";
    try {
      await act(Object.fromEntries(new FormData(form)), event.submitter?.value);
      form.reset();
    } catch (problem) {
      showProblem(problem);
    }
  });
}

onSubmit("entrance", ({ email, password, name }, action) =>
  action === "sign up" ? signUp(email, password, name) : signIn(email, password),
);
onSubmit("rename", async ({ name }) => show(await call("PUT", "/users/me", { full_name: name })));
onSubmit("exit", signOut);

function show(profile) {
  part("name").textContent = profile.full_name;
  part("email").textContent = profile.email;
}

begin(async (isSignedIn) => {
  part("entrance").hidden = isSignedIn;
  part("profile").hidden = true;
  if (!isSignedIn) return;
  show(await call("GET", "/users/me"));
  part("profile").hidden = false;
}).catch(showProblem);

// A button for each provider that is set up.
for (const provider of await providers().catch(() => [])) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `Sign in with ${provider.name}`;
  button.addEventListener("click", () => signInBy(provider).catch(showProblem));
  part("entrance").append(button);
}
