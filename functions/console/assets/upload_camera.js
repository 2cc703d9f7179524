/** Takes a picture with the camera of a computer; phones have an application for that. */

import { html, useEffect, useRef, useState } from "./vendor/htm-preact-standalone.js";

const QUALITY = 0.92;
const PROBLEMS = {
  NotAllowedError: "The browser may not use the camera. Allow it in the settings of the page.",
  NotFoundError: "There is no camera.",
};

/** Whether the browser can ask for a camera. */
export function hasCamera() {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}

/** @param {{onTaken: (file: File) => void, onClose: () => void}} props */
export function Camera({ onTaken, onClose }) {
  const dialog = useRef(null);
  const video = useRef(null);
  const [problem, setProblem] = useState("");
  const [ready, setReady] = useState(false);
  useEffect(() => {
    let stream = null;
    let left = false;
    const stop = () => stream?.getTracks().forEach((track) => track.stop());
    dialog.current.showModal();
    navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 3840 }, height: { ideal: 2160 } } }).then(
      (found) => {
        stream = found;
        if (left) stop();
        else video.current.srcObject = found;
      },
      (error) => setProblem(PROBLEMS[error.name] ?? "The camera does not answer. Close other programs that use it."),
    );
    return () => {
      left = true;
      stop();
    };
  }, []);
  const take = () => {
    const { videoWidth: width, videoHeight: height } = video.current;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(video.current, 0, 0);
    const name = `camera-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.jpg`;
    canvas.toBlob((blob) => blob && onTaken(new File([blob], name, { type: "image/jpeg" })), "image/jpeg", QUALITY);
    dialog.current.close();
  };
  return html`<dialog ref=${dialog} class="sheet camera" aria-labelledby="camera-title" onClose=${onClose}>
    <h2 id="camera-title">Take a picture</h2>
    ${problem ? html`<p role="alert">${problem}</p>` : html`<video ref=${video} autoplay muted playsinline onLoadedMetadata=${() => setReady(true)}></video>`}
    <div class="buttons">
      <button type="button" class="main" disabled=${!ready} onClick=${take}>Take it</button>
      <button type="button" onClick=${() => dialog.current.close()}>Close</button>
    </div>
  </dialog>`;
}
