import { html, render } from "./vendor/htm-preact-standalone.js";

const config = await (await fetch("config.json")).json();

render(
  html`<main><h1>Image Pipeline</h1><p>Files of up to ${config.max_upload_bytes} bytes.</p></main>`,
  document.getElementById("app"),
);
