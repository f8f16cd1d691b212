/** The browser's address and history, as far as the page's state lives in them. */
export interface AddressBar {
  /** Path and query. */
  href(): string;
  push(href: string): void;
  replace(href: string): void;
  /** Back, forward, and links that were followed. */
  onChange(listen: () => void): void;
}

export function createAddressBar(): AddressBar {
  const go = (href: string, how: "pushState" | "replaceState") => {
    history[how](null, "", href);
    // The router listens to this; the History API itself tells nobody.
    dispatchEvent(new PopStateEvent("popstate"));
  };
  return {
    href: () => location.pathname + location.search,
    push: (href) => go(href, "pushState"),
    replace: (href) => go(href, "replaceState"),
    onChange: (listen) => addEventListener("popstate", listen),
  };
}
