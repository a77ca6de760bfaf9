/**
 * Makes an element. Data becomes text or an attribute's value, never markup.
 *
 * @param {string} name
 * @param {Object} attributes Those that are null, undefined or false are left out.
 * @param {...(Node|string|null|Array)} children Null and false are left out.
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    element.setAttribute(key, value === true ? "" : value);
  }
  const isThere = (child) => child !== null && child !== undefined && child !== false;
  element.append(...children.flat().filter(isThere));
  return element;
}

/** A link, to where its parameters lead on this page or another. */
export const anchor = (href, text, attributes = {}) => el("a", { href, ...attributes }, text);
