import { defineConfig } from "vite";

const hub = `http://127.0.0.1:${process.env.CC2CC_HUB_PORT || 3100}`;

export default defineConfig({
  root: import.meta.dirname,
  // virtua is written for React; Preact stands in for it.
  resolve: {
    alias: { "react/jsx-runtime": "preact/jsx-runtime", "react-dom": "preact/compat", react: "preact/compat" },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2023",
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
