import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

const hub = `http://127.0.0.1:${process.env.CC2CC_HUB_PORT || 3100}`;

/** Chunks of CSS arrive in any order; whichever is first must say in which order the layers count. */
const layerOrder: Plugin = {
  name: "layer-order",
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== "asset" || !file.fileName.endsWith(".css")) continue;
      file.source = `@layer tokens,base,components,pages,overrides;${file.source}`;
    }
  },
};

/** public/theme.js is no module, so Vite leaves it as it is; a hash in its name lets browsers keep it like the others. */
const themeScript: Plugin = {
  name: "theme-script",
  enforce: "post",
  generateBundle(_, bundle) {
    const source = readFileSync(join(import.meta.dirname, "public/theme.js"), "utf8");
    const name = this.getFileName(this.emitFile({ type: "asset", name: "theme.js", source }));
    const page = bundle["index.html"];
    if (page?.type === "asset") page.source = String(page.source).replace('"/theme.js"', `"/${name}"`);
  },
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [layerOrder, themeScript],
  // virtua is written for React; Preact stands in for it.
  resolve: {
    alias: {
      "react/jsx-runtime": "preact/jsx-runtime",
      "react-dom": "preact/compat",
      react: "preact/compat",
      // Half of the graph's chunk, for what the graph does not do; the file says more.
      "d3-transition": join(import.meta.dirname, "src/pages/graph/no-transitions.ts"),
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2023",
    // The first with light-dark(), as which the colours of both themes are written.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The CSP allows no inline code, and data: URLs for images only.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // "use client" in virtua speaks to React's servers.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  server: {
    host: true,
    strictPort: true,
    // The Host header stays the dashboard's, so that the hub sees the Origin it expects.
    proxy: Object.fromEntries(
      ["/health", "/livez", "/readyz", "/version", "/api", "/ws"].map((path) => [
        path,
        { target: hub, ws: path === "/ws" },
      ]),
    ),
  },
});
