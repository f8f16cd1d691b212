import createDOMPurify from "dompurify";
import { areOwnClasses } from "./class-names.ts";

const purify = createDOMPurify(window);

// What Markdown makes; nothing that runs, loads, is styled or takes input.
const TAGS = [
  ...["p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "span"],
  ...["em", "strong", "del", "a", "table", "thead", "tbody", "tr", "th", "td"],
];
purify.addHook("uponSanitizeAttribute", (_element, data) => {
  if (data.attrName === "class") data.keepAttr = areOwnClasses(data.attrValue);
});

purify.addHook("afterSanitizeAttributes", (element) => {
  if (element.nodeName !== "A") return;
  element.setAttribute("target", "_blank");
  element.setAttribute("rel", "noopener noreferrer");
});

/**
 * The elements of a text that must be taken for hostile. DOMPurify parses it through its own Trusted Types policy, the only one
 * that the page's CSP lets exist; what comes back is nodes, so no other code ever turns text into HTML.
 */
export function sanitizeHtml(html: string): DocumentFragment {
  return purify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href", "title", "class", "start", "align"],
    // All other attributes are taken for addresses.
    ADD_URI_SAFE_ATTR: ["start", "align"],
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}
