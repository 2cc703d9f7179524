/** Starts the console: settings of the deployment, sign-in, shell. */

import { html, render } from "./vendor/htm-preact-standalone.js";
import { Api } from "./api.js";
import { Session } from "./session.js";
import { Shell } from "./shell.js";
import { setting } from "./store.js";

const root = document.getElementById("app");
const theme = setting("theme", "system");
if (theme !== "system") document.documentElement.dataset.theme = theme;

/** Show a message in place of the console. */
function tell(title, text, action) {
  render(html`<main class="alone"><h1>${title}</h1><p>${text}</p>${action}</main>`, root);
}

async function start() {
  const answer = await fetch("config.json", { credentials: "omit" });
  if (!answer.ok) throw new Error(`The settings could not be loaded (${answer.status}).`);
  const config = await answer.json();
  const session = new Session(config.sign_in);
  let problem = "";
  try {
    if ((await session.finish()) === "handed-over") {
      tell("You are signed in", "Go back to the other window. You can close this one.");
      close();
      return;
    }
  } catch (error) {
    problem = error.message;
  }
  const base = new URL(config.api, location.href).href.replace(/\/+$/, "");
  const api = new Api(base, session);
  render(null, root);
  render(html`<${Shell} ...${{ api, session, config, problem }} />`, root);
}

start().catch((error) => {
  const again = html`<button type="button" onClick=${() => location.reload()}>Try again</button>`;
  tell("The console could not start", error instanceof TypeError ? "There is no connection." : error.message, again);
});
