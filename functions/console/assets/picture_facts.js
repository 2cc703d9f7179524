/** The metadata of a picture in human words. Pure: each function returns [name, words] pairs. */

const ENGLISH = "en-US";
const WRITTEN =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;
const LAYOUTS = {
  "1": "black and white",
  L: "grayscale",
  LA: "grayscale",
  P: "palette",
  RGB: "color",
  RGBA: "color",
  CMYK: "four printing inks (CMYK)",
  "I;16": "grayscale, 16 bits",
};
const TURNS = {
  2: "mirrored",
  3: "turned by 180°",
  4: "mirrored and turned by 180°",
  5: "mirrored and turned left",
  6: "turned right",
  7: "mirrored and turned right",
  8: "turned left",
};
const DYNAMIC_RANGES = {
  PQ: "HDR (PQ), tone-mapped in renditions",
  HLG: "HDR (HLG), tone-mapped in renditions",
  gain_map_ultra_hdr: "gain map (Ultra HDR), not in renditions",
  gain_map_iso_21496_1: "gain map (ISO 21496-1), not in renditions",
  gain_map_apple: "gain map (Apple), not in renditions",
};

/** Return an exposure time as cameras write it: 0.004 is 1/250 s. */
export function exposureTime(seconds) {
  if (!(seconds > 0)) return "";
  return seconds < 0.3 ? `1/${number(1 / seconds, 0)} s` : `${number(seconds, 1)} s`;
}

/** Return the make and model of a camera; makers often repeat their name in the model. */
export function cameraName({ make = "", model = "" }) {
  const repeated = model.toLowerCase().startsWith(make.toLowerCase().split(" ")[0]);
  return (repeated ? model : `${make} ${model}`).trim() || make;
}

/**
 * Return a capture time as the clock of the camera showed it: a day, a month or a year if no more is
 * known, and what is known of its time zone.
 */
export function captureTime(text) {
  const found = WRITTEN.exec(text ?? "");
  if (!found) return text ?? "";
  const [, year, month, day, hour, minute, second, offset] = found;
  const clock = new Date(
    `${year}-${month ?? "01"}-${day ?? "01"}T${hour ?? "00"}:${minute ?? "00"}:${second ?? "00"}Z`,
  );
  if (Number.isNaN(clock.getTime())) return text;
  const shown = { year: "numeric" };
  if (month) shown.month = "long";
  if (day) shown.day = "numeric";
  if (hour) Object.assign(shown, { hour: "numeric", minute: "2-digit" });
  if (second) shown.second = "2-digit";
  const words = new Intl.DateTimeFormat(ENGLISH, { ...shown, timeZone: "UTC" }).format(clock);
  return hour ? `${words}, ${zone(offset)}` : words;
}

/** Return a position in words, and a map of it; null where no position is stored. */
export function place(gps) {
  if (!gps || !Number.isFinite(gps.latitude) || !Number.isFinite(gps.longitude)) return null;
  const { latitude, longitude, altitude } = gps;
  const degrees = (value, positive, negative) =>
    `${number(Math.abs(value), 5)}° ${value < 0 ? negative : positive}`;
  const height = Number.isFinite(altitude)
    ? `, ${number(Math.abs(altitude), 0)} m ${altitude < 0 ? "below" : "above"} sea level`
    : "";
  return {
    words: `${degrees(latitude, "N", "S")}, ${degrees(longitude, "E", "W")}${height}`,
    map: `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=15/${latitude}/${longitude}`,
  };
}

/** Return what is known of how a picture was taken. */
export function takenFacts(metadata = {}) {
  const { camera = {}, exposure = {} } = metadata;
  return known([
    ["Taken", captureTime(metadata.captured_at)],
    ["Camera", cameraName(camera)],
    ["Lens", camera.lens],
    ["Exposure", exposureTime(exposure.exposure_time)],
    ["Aperture", exposure.f_number > 0 && `f/${number(exposure.f_number, 1)}`],
    ["Sensitivity", exposure.iso > 0 && `ISO ${number(exposure.iso, 0)}`],
    ["Focal length", exposure.focal_length > 0 && `${number(exposure.focal_length, 1)} mm`],
    ["Software", camera.software],
  ]);
}

/** Return what is known of the file. */
export function fileFacts(image, bytes) {
  const { source = {}, metadata = {} } = image;
  return known([
    ["Format", source.format],
    ["File size", source.bytes !== undefined && bytes(source.bytes)],
    ["Dimensions", dimensions(metadata.width ?? source.width, metadata.height ?? source.height)],
    ["Colors", colors(metadata)],
    ["Color profile", metadata.icc_profile ?? metadata.color_space],
    ["Dynamic range", dynamicRange(metadata.hdr)],
    ["Animation", metadata.animated && `${number(metadata.frames, 0)} frames`],
    ["Resolution", metadata.dpi && resolution(metadata.dpi)],
    ["Orientation", TURNS[metadata.orientation] && `${TURNS[metadata.orientation]} to be upright`],
    ["SHA-256", source.sha256],
  ]);
}

/** Return width and height in words, with megapixels where they are large. */
export function dimensions(width, height) {
  if (!width || !height) return "";
  const megapixels = (width * height) / 1e6;
  const large = megapixels >= 1 ? ` (${number(megapixels, 1)} megapixels)` : "";
  return `${number(width, 0)} × ${number(height, 0)} pixels${large}`;
}

/** Return a price in US dollars with as many digits as it needs. */
export function dollars(amount) {
  if (!Number.isFinite(amount)) return "";
  const digits = amount > 0 && amount < 1 ? { maximumSignificantDigits: 3 } : {};
  return new Intl.NumberFormat(ENGLISH, { style: "currency", currency: "USD", ...digits }).format(amount);
}

export function number(value, decimals) {
  return new Intl.NumberFormat(ENGLISH, { maximumFractionDigits: decimals }).format(value);
}

function known(facts) {
  return facts.filter(([, words]) => words);
}

function colors({ mode, has_alpha: transparent }) {
  if (!mode) return "";
  const layout = LAYOUTS[mode] ?? mode;
  return transparent ? `${layout}, with transparency` : layout;
}

function dynamicRange(hdr) {
  return (hdr ?? "")
    .split(", ")
    .map((kind) => DYNAMIC_RANGES[kind] ?? kind)
    .join("; ");
}

function resolution([across, down]) {
  const same = across === down;
  return same ? `${number(across, 1)} dpi` : `${number(across, 1)} × ${number(down, 1)} dpi`;
}

function zone(offset) {
  if (!offset) return "on the camera's clock";
  return offset === "Z" || offset === "+00:00" ? "UTC" : `UTC${offset.replace("-", "−")}`;
}
