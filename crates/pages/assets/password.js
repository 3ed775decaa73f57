// Lets people see the password that they type. Without this file the button is not there.
for (const button of document.querySelectorAll("button[data-hide]")) {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const { textContent: show } = button;
  const turn = (isShown) => {
    field.type = isShown ? "text" : "password";
    button.textContent = isShown ? button.dataset.hide : show;
    button.setAttribute("aria-pressed", String(isShown));
  };
  button.addEventListener("click", () => turn(field.type === "password"));
  // What is sent is a password again: browsers remember what was typed as text.
  field.form.addEventListener("submit", () => turn(false));
  button.hidden = false;
}
