// The app itself: a form to sign in, and a profile.

import { begin, call, signIn, signOut, signUp } from "./session.js";

const part = (id) => document.getElementById(id);

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
      part("problem").textContent = [problem.message, ...(problem.errors ?? []).map((error) => error.detail)].join(" ");
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
});
