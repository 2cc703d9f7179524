/** The views, their places in the URL, and the modules that they load. */

export const VIEWS = {
  gallery: { title: "Pictures", path: "/", scope: "images:read", load: () => import("./gallery.js"), component: "Gallery" },
  upload: { title: "Upload", path: "/upload", scope: "images:write", load: () => import("./upload.js"), component: "Upload" },
  review: { title: "Review", path: "/review", scope: "images:review", load: () => import("./review.js"), component: "Review" },
  numbers: { title: "Numbers", path: "/numbers", scope: "images:review", load: () => import("./numbers.js"), component: "Numbers" },
  picture: { title: "Picture", scope: "images:read", load: () => import("./picture.js"), component: "Picture" },
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

/** Load the module of a view; return its component. */
export async function loadView(name) {
  const { load, component } = VIEWS[name];
  return (await load())[component];
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
