/** Moderation labels with their confidence, and what they mean: the taxonomy of Rekognition. */

import { html } from "./vendor/htm-preact-standalone.js";
import { number } from "./picture_facts.js";
import { Name } from "./text.js";

export const DEFINITIONS = {
  "Explicit": "Shows bare genitals, anus, buttocks or female nipples, sexual acts, or sex toys.",
  "Explicit Nudity": "Intimate parts of a person are visible and uncovered.",
  "Exposed Male Genitalia": "A penis or testicles are visible.",
  "Exposed Female Genitalia": "A vulva or pubic area is visible.",
  "Exposed Buttocks or Anus": "Bare buttocks or an anus are visible.",
  "Exposed Female Nipple": "A woman's bare nipple is visible.",
  "Explicit Sexual Activity": "People have sex or touch themselves or others sexually, drawn or real.",
  "Sex Toys": "An object made for sexual stimulation is visible, whether or not it is in use.",

  "Non-Explicit Nudity of Intimate parts and Kissing":
    "Shows bare skin near intimate parts, intimate parts that are covered, or a kiss on the lips.",
  "Non-Explicit Nudity": "A person seems to be undressed, but the most intimate parts stay hidden.",
  "Bare Back": "Most of a person's back is uncovered.",
  "Exposed Male Nipple": "A man's bare nipple is visible.",
  "Partially Exposed Buttocks": "Buttocks show in part, for example beside tight or short clothes.",
  "Partially Exposed Female Breast": "A breast shows in part, but not its nipple.",
  "Implied Nudity": "A person seems to be naked, but is covered, turned away or cut off.",
  "Obstructed Intimate Parts": "An intimate part would be bare, but something covers it or hides it.",
  "Obstructed Female Nipple": "A hand, hair, an object or a blur hides a woman's nipple.",
  "Obstructed Male Genitalia": "A hand, an object, thin cloth or a blur hides a man's genitals.",
  "Kissing on the Lips": "The lips of two people touch.",

  "Swimwear or Underwear": "A person wears only swimwear or underwear.",
  "Female Swimwear or Underwear": "A person wears a bikini, swimsuit, bra or other women's underwear.",
  "Male Swimwear or Underwear": "A person wears swimming trunks, briefs or other men's underwear.",

  "Violence": "Shows weapons, people being hurt, injuries or destruction.",
  "Weapons": "A gun, blade, bomb or another object made to injure is visible.",
  "Graphic Violence": "Somebody is attacked or injured, or something blows up.",
  "Weapon Violence": "Somebody uses a weapon against a person, an animal or a thing.",
  "Physical Violence": "People fight or hurt each other without weapons.",
  "Self-Harm": "A person injures themselves, or is about to.",
  "Blood & Gore": "Blood, open wounds or torn bodies are visible.",
  "Explosions and Blasts": "Something explodes, with fire, smoke or flying debris.",

  "Visually Disturbing": "Shows death, starvation or a disaster that may upset those who see it.",
  "Death and Emaciation": "A dead or severely underweight body is visible.",
  "Emaciated Bodies": "A body is so thin that bones stand out.",
  "Corpses": "A dead person is visible.",
  "Crashes": "A vehicle has crashed or is crashing.",
  "Air Crash": "A plane, helicopter or other aircraft has crashed or is crashing.",

  "Drugs & Tobacco": "Shows drugs, tobacco, or what they are taken with.",
  "Products": "Drugs or tobacco products are visible, such as pills or cigarettes.",
  "Pills": "Tablets or capsules are visible, medical or not.",
  "Drugs & Tobacco Paraphernalia & Use":
    "Somebody takes drugs or tobacco, or a tool for it is visible, such as a pipe or syringe.",
  "Smoking": "Somebody smokes a cigarette, cigar, pipe or e-cigarette.",

  "Alcohol": "Shows alcoholic drinks, or people who drink them.",
  "Alcohol Use": "Somebody drinks alcohol, or holds a glass or bottle of it.",
  "Drinking": "An alcoholic drink is at somebody's mouth.",
  "Alcoholic Beverages": "Beer, wine, liquor or another alcoholic drink is visible.",

  "Rude Gestures": "Somebody makes a gesture with the hands that insults others.",
  "Middle Finger": "Somebody holds up the middle finger.",

  "Gambling": "Shows betting or games of chance, such as cards, slot machines or roulette.",

  "Hate Symbols": "Shows symbols of groups that hate or attack others for what they are.",
  "Nazi Party": "A symbol of Nazism is visible, such as its swastika.",
  "White Supremacy": "A symbol of groups that hold white people to be superior is visible.",
  "Extremist": "A flag or symbol of a violent extremist or terrorist group is visible.",
};

/**
 * Return what a label means; "" if nobody knows, as for a label of a newer taxonomy.
 * @param {{name: string, parent?: string}} label
 */
export function definition(label) {
  return own(label.name) || (label.parent && own(label.parent)) || "";
}

function own(name) {
  return Object.hasOwn(DEFINITIONS, name) ? DEFINITIONS[name] : "";
}

/**
 * Arrange labels as trees: each with the labels below it, the most confident first.
 * @returns {{label: object, below: object[]}[]}
 */
export function tree(labels) {
  const names = new Set(labels.map((label) => label.name));
  const under = (parent) =>
    labels
      .filter((label) => (parent === "" ? !names.has(label.parent) : label.parent === parent))
      .sort((one, other) => other.confidence - one.confidence)
      .map((label) => ({ label, below: label.name === parent ? [] : under(label.name) }));
  return under("");
}

/** @param {{moderation?: object}} props as GET /images/{id} shows it */
export function Labels({ moderation }) {
  const labels = moderation?.labels ?? [];
  if (!labels.length) return html`<p class="quiet">No label reaches the confidence for a review.</p>`;
  return html`<${Branches} branches=${tree(labels)} />`;
}

function Branches({ branches }) {
  return html`<ul class="labels">${branches.map(({ label, below }) => html`<li>
    <div class="label-line">
      <strong><${Name} text=${label.name} /></strong>
      <span class="gauge" aria-hidden="true"><span style=${{ width: `${label.confidence}%` }}></span></span>
      <span>${number(label.confidence, 1)}%<span class="visually-hidden"> confidence</span></span>
    </div>
    ${definition(label) && html`<p class="label-meaning">${definition(label)}</p>`}
    ${below.length > 0 && html`<${Branches} branches=${below} />`}
  </li>`)}</ul>`;
}
