/** The views, their places in the URL, and the files that each of them loads. */

export const VIEWS = {
  gallery: { title: "Pictures", path: "/", scope: "images:read", styles: ["gallery.css"], load: () => import("./gallery.js"), component: "Gallery" },
  upload: { title: "Upload", path: "/upload", scope: "images:write", styles: ["gallery.css"], load: () => import("./upload.js"), component: "Upload" },
  review: { title: "Review", path: "/review", scope: "images:review", styles: ["picture.css", "review.css"], load: () => import("./review.js"), component: "Review" },
  numbers: { title: "Numbers", path: "/numbers", scope: "images:review", styles: ["picture.css", "numbers.css"], load: () => import("./numbers.js"), component: "Numbers" },
  picture: { title: "Picture", scope: "images:read", styles: ["picture.css"], load: () => import("./picture.js"), component: "Picture" },
};
export const NAVIGATION = ["gallery", "upload", "review", "numbers"];

/**
 * Return the view and the parameters that the fragment of a URL names: `#/images/<id>`, `#/?q=beach`.
 * @returns {{view: string, params: {id?: string, query: URLSearchParams}}} view is "" if there is none
 */
export function routeOf(hash) {
  const [path, text = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const params = { query: new URLSearchParams(text) };
  const place = path.replace(/\/+$/, "") || "/";
  const found = NAVIGATION.find((name) => VIEWS[name].path === place);
  if (found) return { view: found, params };
  const image = /^\/images\/([^/]+)$/.exec(place);
  return image ? { view: "picture", params: { ...params, id: decoded(image[1]) } } : { view: "", params };
}

const styles = new Map();

/** Load the module and the style sheets of a view; return its component. */
export async function loadView(name) {
  const { load, component, styles: sheets } = VIEWS[name];
  const [found] = await Promise.all([load(), ...sheets.map(style)]);
  return found[component];
}

function style(name) {
  if (!styles.has(name)) {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL(name, import.meta.url).href });
    const loaded = new Promise((resolve) => {
      link.onload = resolve;
      link.onerror = () => {
        styles.delete(name);
        link.remove();
        resolve(); // plain is better than nothing
      };
    });
    document.head.append(link);
    styles.set(name, loaded);
  }
  return styles.get(name);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
